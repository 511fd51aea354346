import Arithmetic
import Models
import ProtocolTesting
import Specification
import Tensors
import Testing
import Unprotected

/// One label party and two feature parties, and the same layer computed in one place.
@Suite struct UnprotectedTests {
    private let label, weather, airport: Party
    private let columns: [Party: Int]
    private let optimizer = SGD(rate: 0.1, momentum: 0.9)
    private let width = 2

    init() throws {
        label = try Party("airline")
        weather = try Party("weather")
        airport = try Party("airport")
        columns = [label: 3, weather: 5, airport: 2]
    }

    private func plan(_ runs: [UnprotectedProtocol.Run]) -> SessionPlan {
        UnprotectedProtocol.plan(
            label: label, features: [weather, airport], columns: columns, width: width, runs: runs)
    }

    private func zeros(_ rows: Int, _ columns: Int) -> Matrix<Double> {
        Matrix(rows: rows, columns: columns, repeating: 0)
    }

    private func random(_ rows: Int, _ columns: Int) -> Matrix<Double> {
        zeros(rows, columns).map { _ in Double.random(in: -1...1) }
    }

    private func labelRole(_ plan: SessionPlan, _ weights: Matrix<Double>) -> UnprotectedLabelParty {
        UnprotectedLabelParty(plan: plan, layer: LinearSource(weights: weights), optimizer: optimizer)
    }

    private func featureRole(_ plan: SessionPlan, _ weights: Matrix<Double>) -> UnprotectedFeatureParty {
        UnprotectedFeatureParty(plan: plan, layer: LinearSource(weights: weights), optimizer: optimizer)
    }

    private func frame(_ step: String, _ values: Matrix<Double>) -> Frame {
        var payload = CanonicalWriter()
        for value in values.elements { payload.integer(value.bitPattern) }
        return Frame(
            header: FrameHeader(
                protocolName: "unprotected", phase: "train", round: 0, step: step, kind: .plain,
                shape: [values.rows, values.columns]),
            payload: payload.bytes)
    }

    @Test func twentyOneRoundsEqualTheLayerInOnePlaceToTheLastBit() throws {
        let parties = [label, weather, airport]
        var weights = parties.map { random(columns[$0, default: 0], width) }
        var velocities = weights.map { $0.map { _ in 0.0 } }
        let plan = plan([.init(.train, count: 19, rows: 8), .init(.evaluate, rows: 11), .init(.train, rows: 3)])
        let rehearsal = try Rehearsal<UnprotectedOutput>(UnprotectedProtocol.specification, plan)
        let labelSeat = rehearsal.seat(label, labelRole(plan, weights[0]))
        let features = [
            rehearsal.seat(weather, featureRole(plan, weights[1])),
            rehearsal.seat(airport, featureRole(plan, weights[2])),
        ]

        let rounds = [(UnprotectedPhase, Int)](repeating: (.train, 8), count: 19) + [(.evaluate, 11), (.train, 3)]
        for (phase, rows) in rounds {
            let x = parties.map { random(rows, columns[$0, default: 0]) }
            try rehearsal.perform(labelSeat) { try $0.forward(rows: x[0], in: phase) }
            for (seat, x) in zip(features, x.dropFirst()) {
                try rehearsal.perform(seat) { try $0.forward(rows: x, in: phase) }
            }
            try rehearsal.settle()
            let products = zip(x, weights).map { $0.multiplied(by: $1) }
            let z = products.dropFirst().reduce(products[0]) { $0.combined(with: $1, +) }
            #expect(rehearsal.outputs[label]?.last { $0 != .roundFinished } == .opened(z))
            guard phase == .train else { continue }

            let dZ = z.map { 1 / (1 + $0 * $0) - 0.5 }
            try rehearsal.perform(labelSeat) { try $0.backward(dZ: dZ) }
            try rehearsal.settle()
            for party in weights.indices {
                let gradient = x[party].transposedMultiplied(by: dZ)
                velocities[party] = velocities[party].combined(with: gradient) { 0.9 * $0 + $1 }
                weights[party] = weights[party].combined(with: velocities[party]) { $0 - 0.1 / Double(rows) * $1 }
            }
            let layers = [labelSeat.role.layer] + features.map(\.role.layer)
            #expect(layers.map(\.weights.values) == weights)
        }
        #expect(rehearsal.isFinished)
        for party in parties {
            #expect(rehearsal.outputs[party]?.count { $0 == .roundFinished } == rounds.count)
        }
    }

    @Test func doublesCrossTheWireBitForBit() throws {
        let plan = plan([.init(.train, rows: 1)])
        let values = [-0.0, 0x1p-1074, .pi, -.greatestFiniteMagnitude]
        var feature = featureRole(plan, Matrix(rows: 1, columns: 4, elements: values))
        let actions = try feature.forward(rows: Matrix(rows: 1, columns: 1, repeating: 1), in: .train)
        guard case .send(let frame, let receiver) = actions.first else { throw CancellationError() }
        #expect(receiver == label)
        #expect(frame == self.frame("Z1", Matrix(rows: 1, columns: 4, elements: [0] + values.dropFirst())))
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan, .signalingNaN]) func numbersFromOutsideAreFinite(
        bad: Double
    ) throws {
        var role = labelRole(plan([.init(.train, rows: 1)]), zeros(3, 2))
        _ = try role.forward(rows: zeros(1, 3), in: .train)
        #expect(role.awaiting == weather)
        let hostile = frame("Z1", Matrix(rows: 1, columns: 2, elements: [1, bad]))
        let violation = try #require(throws: ProtocolViolation.self) { try role.receive(hostile, from: weather) }
        #expect(violation.party == weather && violation.expected == "finite numbers")
        let short = frame("Z1", zeros(1, 1))
        #expect(throws: ProtocolViolation.self) { try role.receive(short, from: weather) }
        #expect(throws: Never.self) { try role.receive(frame("Z1", zeros(1, 2)), from: weather) }
    }

    @Test func aModelThatDivergesEndsTheJob() throws {
        let huge = Matrix(rows: 2, columns: 2, repeating: Double.greatestFiniteMagnitude)
        var feature = featureRole(plan([.init(.evaluate, rows: 1)]), huge)
        let error = try #require(throws: UnprotectedError.self) {
            try feature.forward(rows: Matrix(rows: 1, columns: 2, repeating: 2), in: .evaluate)
        }
        #expect(error == .notFinite(step: "Z1"))
        #expect(error.abortReason == .boundExceeded)
    }

    @Test func eventsAndShapesAreChecked() throws {
        var role = labelRole(plan([.init(.train, rows: 4)]), zeros(3, 2))
        #expect(throws: UnprotectedError.shape(of: "X", rows: 4, columns: 5)) {
            try role.forward(rows: zeros(4, 5), in: .train)
        }
        #expect(throws: UnprotectedError.outOfTurn(event: "backward")) { try role.backward(dZ: zeros(4, 2)) }
        _ = try role.forward(rows: zeros(4, 3), in: .train)
        #expect(throws: UnprotectedError.outOfTurn(event: "forward")) {
            try role.forward(rows: zeros(4, 3), in: .train)
        }
        for peer in [weather, airport] { _ = try role.receive(frame("Z1", zeros(4, 2)), from: peer) }
        #expect(throws: UnprotectedError.shape(of: "dZ", rows: 4, columns: 1)) { try role.backward(dZ: zeros(4, 1)) }
    }

    @Test func everyMessageOfItSaysThatNothingIsProtected() {
        let errors: [UnprotectedError] = [
            .outOfTurn(event: "forward"), .shape(of: "X", rows: 1, columns: 1), .notFinite(step: "Z1"),
        ]
        for text in errors.map(\.description) + [UnprotectedProtocol.warning] {
            #expect(text.hasPrefix("UNPROTECTED: "))
        }
        #expect(UnprotectedProtocol.specification.summary.hasPrefix("UNPROTECTED"))
    }

    @Test func theReadmeHasTheSpecificationsTable() throws {
        #expect(try Readme.text(of: "Unprotected").contains(Readme.table(of: UnprotectedProtocol.specification)))
    }
}
