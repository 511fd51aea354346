internal import Glibc

/// What this process has used of the machine so far.
struct ProcessUsage {
    /// Of all its threads, in user and system time.
    let processorSeconds: Double
    /// The most memory that it ever had, in bytes.
    let peakMemory: Int
    /// What it has now, in bytes.
    let memory: Int

    static var now: ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        let peak = usage.ru_maxrss * 1024
        // Pages of the program, and of these resident ones: the second field.
        let pages = (try? StateFile.read("/proc/self/statm")).flatMap { bytes in
            bytes.split(separator: UInt8(ascii: " ")).dropFirst().first.flatMap {
                Int(String(decoding: $0, as: UTF8.self))
            }
        }
        return ProcessUsage(
            processorSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), peakMemory: peak,
            memory: pages.map { $0 * sysconf(Int32(_SC_PAGESIZE)) } ?? peak)
    }
}
