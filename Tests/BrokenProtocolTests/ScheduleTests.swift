import Arithmetic
import Cryptography
import IdealCipher
import LocalUpdates
import MatMul
import Shares
import Specification
import Testing

/// Local steps take time, which partners can measure between two frames: how many there are, and when, must not come from data.
@Suite struct ScheduleTests {
    private let plan = ReusePlan(workset: 5, reuse: 5, maxAngle: 8)

    /// Trains with local steps between rounds.
    ///
    /// - Parameter isBroken: Whether a step is left out where a row has turned too far: it would count for nothing.
    /// - Returns: What an observer sees: after each round, how many local steps it took.
    private func observe(_ data: ClassData, isBroken: Bool) -> [Int] {
        var model = Softmax(columns: 5)
        var workset = Workset<(batch: ClassData, dZ: Matrix<Double>)>(plan)
        return (0..<40).map { round in
            let batch = data.batch(round, of: 24)
            let dZ = model.derivative(batch)
            model.descend(batch, along: dZ)
            var steps = 0
            for (batch, exchanged) in workset.insert((batch, dZ)) {
                let now = model.derivative(batch)
                let weights = plan.weights(now: now, exchanged: exchanged)
                if isBroken, weights.contains(0) { continue }
                model.descend(batch, along: now, weights: weights)
                steps += 1
            }
            return steps
        }
    }

    /// The attack: whoever counts steps tells labels that can be learned from labels that cannot.
    @Test func stepsLeftOutWhereRowsHaveTurned() throws {
        for job in 0..<6 {
            let data = try ClassData(rows: 240, columns: 5, name: "job \(job)", scale: 2)
            let shuffled = try data.shuffled("job \(job)")
            #expect(Set(data.classes).count == 3 && data.classes != shuffled.classes)
            let (real, other) = (observe(data, isBroken: true), observe(shuffled, isBroken: true))
            #expect(real.reduce(0, +) > other.reduce(0, +), "job \(job)")

            let steps = observe(data, isBroken: false)
            #expect(steps == observe(shuffled, isBroken: false))
            #expect(steps.reduce(0, +) == plan.steps(rounds: 40))
        }
    }

    /// Frames themselves: number, order, headers and lengths are the same whatever the labels.
    @Test func framesSayNothingOfLabels() throws {
        func frames(_ labels: String) throws -> [(FrameHeader, Int)] {
            var layer = try Layer(columns: 4, width: 3, sources: (recorded(), recorded()))
            for round in 0..<5 {
                _ = try layer.parties.forward(
                    label: uniform(6, 3, "label features"), feature: uniform(6, 4, "features"), in: .train)
                try layer.parties.backward(dZ: uniform(6, 3, "\(labels) \(round)"))
            }
            return layer.parties.sent.map { ($0.header, $0.payload.count) }
        }
        let (one, other) = (try frames("dZ"), try frames("another dZ"))
        #expect(one.count == 2 + 5 * 6)
        #expect(one.elementsEqual(other) { $0 == $1 })
    }
}
