#if MPI
internal import CMPI

/// Calls of the MPI library with their errors thrown.
enum MPICall {
    /// - Parameter code: What the call returned.
    static func check(_ operation: String, _ code: Int32) throws(RankError) {
        guard code != MPI_SUCCESS else { return }
        var length: Int32 = 0
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(MPI_MAX_ERROR_STRING) + 1) { buffer in
            buffer.initialize(repeating: 0)
            MPI_Error_string(code, buffer.baseAddress, &length)
            return buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
        throw .mpi(operation: operation, problem: text)
    }

    /// The name of this host, as MPI knows it.
    static func host() throws(RankError) -> String {
        var name = [CChar](repeating: 0, count: Int(MPI_MAX_PROCESSOR_NAME) + 1)
        var length: Int32 = 0
        try check("MPI_Get_processor_name", MPI_Get_processor_name(&name, &length))
        return String(decoding: name.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A copy of a communicator, whose messages meet none of the original's; its errors return.
    static func duplicate(_ communicator: MPI_Comm?) throws(RankError) -> MPI_Comm? {
        var copy: MPI_Comm?
        try check("MPI_Comm_dup", MPI_Comm_dup(communicator, &copy))
        try check("MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(copy, colonnade_mpi_errors_return()))
        return copy
    }
}
#endif
