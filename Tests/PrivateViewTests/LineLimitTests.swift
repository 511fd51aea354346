import Glibc
import PrivateView
import Testing

@Suite struct LineLimitTests {
    /// Eight gigabytes without a line end, of which none is on the disk, in a process that may take two.
    @Test func aLineWithoutEndIsRefused() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 2 << 30, rlim_max: 2 << 30)
            setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
            let file = try #require(tmpfile())
            #expect(ftruncate(fileno(file), 8 << 30) == 0)
            let path = "/proc/self/fd/\(fileno(file))"
            let reader = try ViewReader(path: path)
            #expect(throws: PrivateViewError.malformed(path: path, line: 1, problem: "a line too long")) {
                try reader.next()
            }
        }
    }
}
