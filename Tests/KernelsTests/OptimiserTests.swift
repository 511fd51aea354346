import Kernels
import Testing

@Suite struct OptimiserTests {
    /// Three parameters and three steps, as in make_vectors.py.
    private static let initial: [Float] = [0.5, -1.25, 2]
    private static let gradients: [[Float]] = [[0.5, -1, 0.125], [0.25, 2, 0], [-1.5, 0.75, -0.5]]

    private typealias Step = (_ w: OutputSlice, _ g: InputSlice, _ a: OutputSlice, _ b: OutputSlice, _ t: Int) -> Void

    private func run(_ step: Step) -> [Float] {
        var (w, a, b) = (Self.initial, [Float].zeros(3), [Float].zeros(3))
        for (index, gradient) in Self.gradients.enumerated() { step(&w, gradient, &a, &b, index + 1) }
        return w
    }

    @Test func trajectoriesAgreeWithVectors() throws {
        let vectors = try Vectors.load().optimisers
        let momentum = run { w, g, v, _, _ in
            GradientDescent(rate: 0.1, momentum: 0.9, decay: 0.01).update(w, gradient: g, velocity: v, count: 3)
        }
        expect(momentum, near: try #require(vectors["momentum"]), within: 1e-6, "momentum")
        let adaGrad = run { w, g, s, _, _ in AdaGrad(rate: 0.1).update(w, gradient: g, squares: s, count: 3) }
        expect(adaGrad, near: try #require(vectors["adaGrad"]), within: 1e-6, "AdaGrad")
        let adam = run { w, g, m, v, t in
            Adam(rate: 0.1).update(w, gradient: g, means: m, squares: v, count: 3, step: t)
        }
        expect(adam, near: try #require(vectors["adam"]), within: 1e-6, "Adam")
        let adamW = run { w, g, m, v, t in
            Adam(rate: 0.1, beta1: 0.8, beta2: 0.99, epsilon: 1e-6, decay: 0.05)
                .update(w, gradient: g, means: m, squares: v, count: 3, step: t)
        }
        expect(adamW, near: try #require(vectors["adamW"]), within: 1e-6, "AdamW")
    }

    /// The first step of Adam is the rate in the sign's direction, that of AdaGrad too.
    @Test func firstStepsAreTheRate() {
        let g: [Float] = [3, -0.01, 0]
        var (w, a, b) = ([Float].zeros(3), [Float].zeros(3), [Float].zeros(3))
        Adam(rate: 0.01, epsilon: 1e-12).update(&w, gradient: g, means: &a, squares: &b, count: 3, step: 1)
        expect(w, near: [-0.01, 0.01, 0], within: 1e-8, "Adam")
        (w, a) = (.zeros(3), .zeros(3))
        AdaGrad(rate: 0.01).update(&w, gradient: g, squares: &a, count: 3)
        expect(w, near: [-0.01, 0.01, 0], within: 1e-8, "AdaGrad")
    }

    @Test(arguments: [1, 7, 16, 64, 1000])
    func pagesOfAnySizeGiveTheSameBits(page: Int) {
        var numbers = Numbers(seed: 40)
        let count = 1000
        let (initial, gradient) = (numbers.floats(count), numbers.floats(count))
        let slots = numbers.floats(count, in: 0...1)
        func updated(_ page: Int) -> [Float] {
            var (w, a, b) = ([[Float]](repeating: initial, count: 3), [[Float]](repeating: slots, count: 3), slots)
            for start in stride(from: 0, to: count, by: page) {
                let size = min(page, count - start)
                gradient.withUnsafeBufferPointer {
                    let g = $0.baseAddress! + start
                    at(start, &w[0], &a[0]) {
                        GradientDescent(rate: 0.1, momentum: 0.9).update($0, gradient: g, velocity: $1, count: size)
                    }
                    at(start, &w[1], &a[1]) { AdaGrad(rate: 0.1).update($0, gradient: g, squares: $1, count: size) }
                    b.withUnsafeMutableBufferPointer { b in
                        at(start, &w[2], &a[2]) {
                            Adam(rate: 0.1, decay: 0.1).update(
                                $0, gradient: g, means: $1, squares: b.baseAddress! + start, count: size, step: 3)
                        }
                    }
                }
            }
            return w.flatMap(\.self) + a.flatMap(\.self) + b
        }
        #expect(updated(page).bits == updated(count).bits)
    }

    private func at(
        _ start: Int, _ left: inout [Float], _ right: inout [Float], _ body: (OutputSlice, OutputSlice) -> Void
    ) {
        left.withUnsafeMutableBufferPointer { left in
            right.withUnsafeMutableBufferPointer { body(left.baseAddress! + start, $0.baseAddress! + start) }
        }
    }
}
