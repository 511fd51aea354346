import Glibc
import Synchronization
import Testing
import Workers

@Suite struct ThreadTests {
    /// How nice a new thread is.
    private func niceness(isBackground: Bool) -> Int32? {
        let nobody = Int32.min
        let found = Atomic(nobody)
        // On Linux, who 0 is the calling thread alone.
        startThread(isBackground: isBackground) {
            found.store(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0), ordering: .releasing)
        }
        for _ in 0..<20_000 where found.load(ordering: .acquiring) == nobody { usleep(1000) }
        let result = found.load(ordering: .acquiring)
        return result == nobody ? nil : result
    }

    @Test func backgroundThreadsGiveWay() {
        let own = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        #expect(niceness(isBackground: true) == 19)
        #expect(niceness(isBackground: false) == own, "nobody else is meant")
    }
}
