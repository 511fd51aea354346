import ParallelTraining
import Testing

@Suite struct ProfilingTests {
    @Test func layersAreTimed() throws {
        let layers = [(32, 64, 1), (32, 64, 8), (64, 256, 8)].map {
            LayerSpeed.Layer(width: $0.0, heads: 4, length: $0.1, sequences: $0.2)
        }
        let speed = try LayerSpeed.measured(layers)
        #expect(speed.forward.map(\.sequences) == [1, 8, 8] && speed.forward.map(\.length) == [64, 64, 256])
        // 12 width² products of a number and its weight for each event, each twice an operation.
        #expect(speed.forward[0].denseOperations == 2 * 12 * 32 * 32 * 64)
        #expect(speed.forward[2].denseOperations == 2 * 12 * 64 * 64 * 256 * 8)
        // 128 times the products: whatever else runs here, they take longer.
        #expect(speed.forward[2].seconds > 2 * speed.forward[0].seconds)
        #expect(speed.backwardFactor > 0.1 && speed.backward.count == 3 && speed.recomputing.allSatisfy { $0 > 0 })
        #expect((1e-12...1e-6).contains(speed.updateSecondsAParameter))
    }
}
