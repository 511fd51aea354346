#if MPI
internal import CMPI

/// The waiting of one process, for all its groups.
///
/// MPI's own waits take a core each and cannot be left. Here every operation is begun, and then asked after until it is done: with sleeps
/// where the wait is long, and with a look at ``whileWaiting`` now and then.
final class MPIProgress: @unchecked Sendable {  // used by the one thread of the rank that calls MPI
    /// A message that is being sent, with the copy of its bytes.
    private struct Sending {
        var request: MPI_Request?
        let bytes: UnsafeMutableRawBufferPointer
    }

    /// More ranks than cores on this host.
    let isCrowded: Bool
    /// Called about every 10 ms of a long wait; the process may end in it.
    var whileWaiting: () -> Void = {}
    /// MPI reported an error, after which operations may be under way that nobody waits for.
    private(set) var isBroken = false
    private var sendings: [Sending] = []

    init(isCrowded: Bool) { self.isCrowded = isCrowded }

    /// Waits until a request is done.
    /// - Returns: The number of bytes that were received.
    @discardableResult
    func wait(_ operation: String, _ request: inout MPI_Request?, idle: Bool = false) throws(RankError) -> Int {
        var status = MPI_Status()
        try wait(idle: idle) { () throws(RankError) in
            var isDone: Int32 = 0
            try check(operation, MPI_Test(&request, &isDone, &status))
            return isDone != 0
        }
        var count: Int32 = 0
        try check(operation, MPI_Get_count(&status, colonnade_mpi_byte(), &count))
        return Int(count)
    }

    /// Asks until it is told yes.
    func wait(idle: Bool = false, until isDone: () throws(RankError) -> Bool) throws(RankError) {
        let pace = Pace(idle ? .idle : isCrowded ? .crowded : .busy)
        var look = 0.01
        while try !isDone() {
            pace.pause()
            if pace.elapsed > look {
                look = pace.elapsed + 0.01
                whileWaiting()
            }
        }
    }

    /// An MPI call whose error makes all later ones vain.
    func check(_ operation: String, _ code: Int32) throws(RankError) {
        do throws(RankError) { try MPICall.check(operation, code) } catch {
            isBroken = true
            throw error
        }
    }

    /// Begins to send a copy of bytes, and lets go of copies that are sent.
    func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int32, _ communicator: MPI_Comm?) throws(RankError) {
        try releaseSent()
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        copy.copyMemory(from: bytes)
        var sending = Sending(request: nil, bytes: copy)
        try check(
            "MPI_Isend",
            MPI_Isend(
                copy.baseAddress, Int32(copy.count), colonnade_mpi_byte(), Int32(rank), tag, communicator,
                &sending.request))
        sendings.append(sending)
    }

    private func releaseSent() throws(RankError) {
        var waiting: [Sending] = []
        for var sending in sendings {
            var isDone: Int32 = 0
            var status = MPI_Status()
            try check("MPI_Isend", MPI_Test(&sending.request, &isDone, &status))
            if isDone == 0 { waiting.append(sending) } else { sending.bytes.deallocate() }
        }
        sendings = waiting
    }
}
#endif
