import Testing
import Workers

@Suite struct ParallelTests {
    @Test func keepsOrder() {
        #expect(Parallel.map(count: 1000) { $0 * $0 } == (0..<1000).map { $0 * $0 })
        #expect(Parallel.map(count: 1) { $0 } == [0])
        #expect(Parallel.map(count: 0) { $0 } == [])
    }

    @Test func nestsWithoutDeadlock() {
        let sums = Parallel.map(count: 20) { outer in
            Parallel.map(count: 20) { middle in
                Parallel.map(count: 20) { outer * middle * $0 }?.reduce(0, +)
            }?.compactMap { $0 }.reduce(0, +)
        }
        #expect(sums == (0..<20).map { $0 * 190 * 190 })
    }

    @Test func givesNothingWhenCancelled() {
        let cancellation = Cancellation()
        cancellation.cancel()
        WorkContext(cancellation: cancellation).run {
            #expect(Parallel.map(count: 3) { $0 } == nil)
            #expect(Parallel.map(count: 1) { $0 } == nil)
        }
        #expect(Parallel.map(count: 3) { $0 } == [0, 1, 2], "another context is not cancelled")
    }
}
