import Tensors
import Testing

@Suite struct OptimiserTests {
    private static let rules: [String: any Optimiser] = [
        "sgd": GradientDescent(rate: 0.1), "momentum": GradientDescent(rate: 0.1, momentum: 0.9),
        "momentum and decay": GradientDescent(rate: 0.1, momentum: 0.9, decay: 0.01), "adagrad": AdaGrad(rate: 0.1),
        "adam": Adam(rate: 0.01), "adamw": Adam(rate: 0.01, decay: 0.1),
    ]

    /// The values after each gradient.
    private static func path(_ rule: some Optimiser, _ start: [Float], _ gradients: [[Float]]) -> [[Float]] {
        var (values, state) = (start, OptimiserState(rule, count: start.count))
        return gradients.map { gradient in
            values.withUnsafeMutableBufferPointer { values in
                gradient.withUnsafeBufferPointer { state.update(values, gradient: $0) }
            }
            return values
        }
    }

    @Test(arguments: Vectors.all.optimisers)
    func agreesWithOptax(vector: Vectors.Trajectory) throws {
        let rule = try #require(Self.rules[vector.name])
        let path = Self.path(rule, vector.start.map { Float($0) }, vector.gradients.map { $0.map { Float($0) } })
        try #require(path.count == 20 && vector.path.count == 20)
        for (step, (values, expected)) in zip(path, vector.path).enumerated() {
            for (value, element) in zip(values, expected) {
                #expect(abs(Double(value) - element) <= 1e-5 * max(1, abs(element)), "step \(step)")
            }
        }
    }

    @Test func everyRuleHasATrajectory() {
        #expect(Set(Vectors.all.optimisers.map(\.name)) == Set(Self.rules.keys))
    }

    /// Whether moving two shares and adding them moves their sum.
    private static func actsOnShares(_ rule: some Optimiser) -> Bool {
        // Small multiples of 1/64, so that sums of shares are exact.
        var numbers = Numbers(3)
        func shares(_ count: Int) -> [[Float]] {
            (0..<2).map { _ in (0..<count).map { _ in (numbers.uniform() * 64).rounded() / 64 } }
        }
        func sum(_ pair: [[Float]]) -> [Float] { zip(pair[0], pair[1]).map { $0 + $1 } }
        let starts = shares(10)
        let gradients = (0..<5).map { _ in shares(10) }
        let whole = path(rule, sum(starts), gradients.map(sum))
        let parts = (0..<2).map { part in path(rule, starts[part], gradients.map { $0[part] }) }
        return zip(whole, zip(parts[0], parts[1])).allSatisfy { whole, parts in
            zip(whole, sum([parts.0, parts.1])).allSatisfy { abs($0 - $1) < 1e-5 }
        }
    }

    @Test func exactlyLinearRulesActOnShares() {
        for (name, rule) in Self.rules {
            #expect(Self.actsOnShares(rule) == (rule is any LinearOptimiser), "\(name)")
        }
    }

    @Test func coefficientsSayAllOfALinearStep() {
        let rule = GradientDescent(rate: 0.25, momentum: 0.5, decay: 0.5)
        let step = rule.coefficients
        let gradients: [[Float]] = [[1, -2], [0.5, 0], [-3, 1]]
        var (values, velocity): ([Double], [Double]) = ([4, -1], [0, 0])
        for (expected, gradient) in zip(Self.path(rule, [4, -1], gradients), gradients) {
            for index in 0..<2 {
                velocity[index] = step.momentum * velocity[index] + Double(gradient[index])
                values[index] = (1 - step.rate * step.decay) * values[index] - step.rate * velocity[index]
            }
            #expect(expected.map { Double($0) } == values)
        }
    }

    @Test func piecesMoveAsTheWhole() {
        var numbers = Numbers(8)
        let start = numbers.tensor([10]).elements
        let gradients = (0..<4).map { _ in numbers.tensor([10]).elements }
        for (name, rule) in Self.rules {
            let whole = Self.path(rule, start, gradients)
            let (left, right) = (
                Self.path(rule, Array(start[..<3]), gradients.map { Array($0[..<3]) }),
                Self.path(rule, Array(start[3...]), gradients.map { Array($0[3...]) })
            )
            #expect(zip(left, right).map { $0 + $1 } == whole, "\(name)")
        }
    }

    @Test func touchedRowsMoveAsTheWholeTable() {
        let (rows, columns) = (7, 3)
        var numbers = Numbers(4)
        var dense = numbers.tensor([rows, columns]).elements
        var sparse = dense
        var denseState = OptimiserState(AdaGrad(rate: 0.1), count: dense.count)
        var sparseState = denseState
        for indices in [[2, 2, 0, 2], [6], [6, 5, 6, 0]] as [[Int32]] {
            let gradient = numbers.tensor([indices.count, columns]).elements
            var scattered = Array(repeating: Float(0), count: dense.count)
            for (place, row) in indices.enumerated() {
                for column in 0..<columns {
                    scattered[Int(row) * columns + column] += gradient[place * columns + column]
                }
            }
            dense.withUnsafeMutableBufferPointer { values in
                scattered.withUnsafeBufferPointer { denseState.update(values, gradient: $0) }
            }
            sparse.withUnsafeMutableBufferPointer { values in
                gradient.withUnsafeBufferPointer { gradient in
                    indices.withUnsafeBufferPointer {
                        sparseState.update(values, rows: $0, gradient: gradient, columns: columns)
                    }
                }
            }
            #expect(sparse == dense)
        }
        #expect(sparseState == denseState && sparseState.steps == 3)
    }

    @Test func aStateGoesOnWhereItWas() {
        let rule = Adam(rate: 0.1)
        var state = OptimiserState(rule, count: 2)
        var values: [Float] = [1, 2]
        func step(_ state: inout OptimiserState<Adam>, _ values: inout [Float]) {
            values.withUnsafeMutableBufferPointer { values in
                [0.5, -1].withUnsafeBufferPointer { state.update(values, gradient: $0) }
            }
        }
        step(&state, &values)
        var restored = OptimiserState(rule, steps: state.steps, first: state.first, second: state.second)
        #expect(restored == state)
        var continued = values
        step(&state, &values)
        step(&restored, &continued)
        #expect(continued == values)
    }

    @Test func aSharedPartTakesALinearRule() {
        // Exchanging the two does not compile: that is what the types are for.
        let optimisers = ModelOptimisers(shared: GradientDescent(rate: 0.1, momentum: 0.9), local: Adam(rate: 0.001))
        #expect(optimisers.shared.coefficients.momentum == 0.9 && optimisers.local.beta2 == 0.999)
    }

    @Test func senselessNumbersTrap() async {
        await #expect(processExitsWith: .failure) { _ = GradientDescent(rate: 0) }
        await #expect(processExitsWith: .failure) { _ = GradientDescent(rate: 1, momentum: 1) }
        await #expect(processExitsWith: .failure) { _ = GradientDescent(rate: 1, decay: 1) }
        await #expect(processExitsWith: .failure) { _ = AdaGrad(rate: .nan) }
        await #expect(processExitsWith: .failure) { _ = Adam(rate: 0.1, beta2: 1) }
        await #expect(processExitsWith: .failure) {
            _ = OptimiserState(Adam(rate: 0.1), steps: 1, first: [0, 0], second: [0])
        }
    }
}
