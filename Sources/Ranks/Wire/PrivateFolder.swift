internal import FoundationEssentials
internal import Glibc

/// A folder that nobody else can enter, for the socket and for what the launcher lays down.
struct PrivateFolder: Sendable {
    private static let name = "colonnade-ranks-"

    let path: String
    var socket: String { "\(path)/party" }

    /// Whether it lies in memory, where files that ranks share belong.
    var isInMemory: Bool { path.hasPrefix(Self.memory) }
    private static let memory = "/dev/shm"

    /// Makes one: in memory if there is such a place, otherwise in TMPDIR or /tmp.
    init() throws(RankError) {
        let disk = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        let parent = access(Self.memory, W_OK) == 0 ? Self.memory : disk.isEmpty ? "/tmp" : disk
        var template = Array("\(parent)/\(Self.name)XXXXXX".utf8CString)
        // Mode 0700.
        guard mkdtemp(&template) != nil else {
            throw .launch("no folder can be made in \(parent): \(RankSocket.problem)")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The one where a socket lies.
    init(ofSocket socket: String) { path = String(socket.prefix(upTo: socket.lastIndex(of: "/") ?? socket.startIndex)) }

    /// Removes it with all that is in it; another folder than one made here stays.
    func remove() {
        guard path.split(separator: "/").last?.hasPrefix(Self.name) == true else { return }
        try? FileManager.default.removeItem(atPath: path)
    }
}
