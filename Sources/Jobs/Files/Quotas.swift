internal import Documents
internal import Glibc

/// How much of this machine jobs may take, and how many at once.
public struct Quotas: Hashable, Sendable {
    /// Jobs that run at once.
    public var atOnce = 2
    /// Jobs that may wait behind those.
    public var queue = 16
    /// Cores for all jobs together; they are divided evenly among those that run.
    public var cores = Self.machineCores
    /// Memory for all jobs together, in bytes, by what is estimated of each.
    public var memory = Self.machineMemory / 4 * 3
    /// Whether a person wrote ``memory``: a job that needs more is refused then, and else runs alone.
    public var limitsMemory = false

    public init() {}

    init(_ document: consuming Document) throws(DocumentError) {
        var document = document
        atOnce = try document.optionalInteger("at-once", in: 1...64) ?? atOnce
        queue = try document.optionalInteger("queue", in: 0...1000) ?? queue
        if let limit = try document.optionalInteger("cores", in: 1...4096) {
            guard atOnce <= limit else {
                throw document.error("cores", "\(atOnce) jobs at once need a core each (jobs.at-once)")
            }
            cores = limit
        }
        if let bytes = try document.optionalSize("memory", atLeast: 1 << 20) { (memory, limitsMemory) = (bytes, true) }
        try document.end()
    }

    private static let machineCores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// What there is, or what the container may have of it.
    private static let machineMemory: Int = {
        let all = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        let limit = (try? StateFile.read("/sys/fs/cgroup/memory.max")).flatMap { bytes in
            Int(String(decoding: bytes, as: UTF8.self).filter { $0.isNumber })
        }
        return min(all, limit ?? all)
    }()
}
