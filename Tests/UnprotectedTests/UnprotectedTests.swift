import Arithmetic
import Models
import ProtocolTesting
import Specification
import Testing
import Unprotected

/// One label party and two feature parties, and the same layer computed in one place.
@Suite struct UnprotectedTests {
    private let label, weather, airport: Party
    private let columns: [Party: Int]
    private let descent = SourceDescent(rate: 0.1, momentum: 0.9)
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

    private func batch(_ matrix: Matrix<Double>) -> SourceRows { SourceRows(numbers: SparseMatrix(matrix)) }

    private func product(_ left: Matrix<Double>, _ right: Matrix<Double>) -> Matrix<Double> {
        var product = zeros(left.rows, right.columns)
        for row in 0..<left.rows {
            for column in 0..<right.columns {
                for inner in 0..<left.columns { product[row, column] += left[row, inner] * right[inner, column] }
            }
        }
        return product
    }

    private func combined(
        _ left: Matrix<Double>, _ right: Matrix<Double>, _ combine: (Double, Double) -> Double
    ) -> Matrix<Double> {
        Matrix(rows: left.rows, columns: left.columns, elements: zip(left.elements, right.elements).map(combine))
    }

    private func isEqual(_ left: Matrix<Double>, _ right: Matrix<Double>) -> Bool {
        left.rows == right.rows && left.columns == right.columns
            && zip(left.elements, right.elements).allSatisfy { abs($0 - $1) < 1e-12 }
    }

    private func labelRole(_ plan: SessionPlan, _ weights: Matrix<Double>) -> UnprotectedLabelParty {
        UnprotectedLabelParty(
            plan: plan, layer: PlainSource(linear: LinearSource(weights: weights)), descent: descent)
    }

    private func featureRole(_ plan: SessionPlan, _ weights: Matrix<Double>) -> UnprotectedFeatureParty {
        UnprotectedFeatureParty(
            plan: plan, layer: PlainSource(linear: LinearSource(weights: weights)), descent: descent)
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

    @Test func twentyOneRoundsEqualTheLayerInOnePlace() throws {
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
            try rehearsal.perform(labelSeat) { try $0.forward(rows: batch(x[0]), in: phase) }
            for (seat, x) in zip(features, x.dropFirst()) {
                try rehearsal.perform(seat) { try $0.forward(rows: batch(x), in: phase) }
            }
            try rehearsal.settle()
            let products = zip(x, weights).map(product)
            let expected = products.dropFirst().reduce(products[0]) { combined($0, $1, +) }
            guard case .opened(let z) = rehearsal.outputs[label]?.last(where: { $0 != .roundFinished }) else {
                Issue.record("nothing was opened")
                return
            }
            #expect(isEqual(z, expected))
            guard phase == .train else { continue }

            let dZ = z.map { 1 / (1 + $0 * $0) - 0.5 }
            try rehearsal.perform(labelSeat) { try $0.backward(dZ: dZ) }
            try rehearsal.settle()
            for party in weights.indices {
                let gradient = product(x[party].transposed(), dZ)
                velocities[party] = combined(velocities[party], gradient) { 0.9 * $0 + $1 }
                weights[party] = combined(weights[party], velocities[party]) { $0 - 0.1 / Double(rows) * $1 }
            }
            let layers = [labelSeat.role.layer] + features.map(\.role.layer)
            #expect(zip(layers, weights).allSatisfy { isEqual($0.linear.weights.values, $1) })
        }
        #expect(rehearsal.isFinished)
        for party in parties {
            #expect(rehearsal.outputs[party]?.count { $0 == .roundFinished } == rounds.count)
        }
    }

    /// Two towers' outputs among a feature party's columns, and categories at both parties, against the layer in one
    /// place.
    @Test func fieldsAndTowerColumnsTakePart() throws {
        let plan = UnprotectedProtocol.plan(
            label: label, features: [weather], columns: [label: 1, weather: 3], width: width,
            runs: [.init(.train, count: 2, rows: 4)])
        func layer(_ columns: Int, _ fields: Int, _ tableRows: Int) -> PlainSource {
            PlainSource(
                linear: LinearSource(weights: random(columns, width)),
                embedding: EmbeddingSource(tables: random(tableRows, 2), weights: random(2 * fields, width)))
        }
        var whole = [layer(1, 1, 3), layer(3, 2, 5)]
        let rehearsal = try Rehearsal<UnprotectedOutput>(UnprotectedProtocol.specification, plan)
        let labelSeat = rehearsal.seat(
            label, UnprotectedLabelParty(plan: plan, layer: whole[0], descent: descent))
        let featureSeat = rehearsal.seat(
            weather, UnprotectedFeatureParty(plan: plan, layer: whole[1], descent: descent, towerColumns: 2))
        for _ in 0..<2 {
            let rows = [
                SourceRows(
                    numbers: SparseMatrix(random(4, 1)), lookups: Matrix(rows: 4, columns: 1, elements: [0, 2, 2, 1])),
                SourceRows(
                    numbers: SparseMatrix(random(4, 3)),
                    lookups: Matrix(rows: 4, columns: 2, elements: [0, 3, 1, 3, 0, 4, 2, 4])),
            ]
            try rehearsal.perform(labelSeat) { try $0.forward(rows: rows[0], in: .train) }
            try rehearsal.perform(featureSeat) { try $0.forward(rows: rows[1], in: .train) }
            try rehearsal.settle()
            let z = combined(whole[0](rows[0]), whole[1](rows[1]), +)
            #expect(rehearsal.outputs[label]?.last == .opened(z))
            let dZ = random(4, width)
            try rehearsal.perform(labelSeat) { try $0.backward(dZ: dZ) }
            try rehearsal.settle()
            let towers = product(dZ, whole[1].linear.weights.values.transposed())
            guard case .derivative(let derivative) = rehearsal.outputs[weather]?.dropLast().last else {
                Issue.record("no derivative was given")
                return
            }
            #expect(
                isEqual(
                    derivative, Matrix(rows: 4, columns: 2, elements: (0..<4).flatMap { towers.row($0).dropFirst() })))
            for party in 0..<2 { whole[party].descend(rows[party], gradient: dZ, by: descent) }
            #expect([labelSeat.role.layer, featureSeat.role.layer] == whole)
        }
        #expect(rehearsal.isFinished)
    }

    @Test func doublesCrossTheWireBitForBit() throws {
        let plan = plan([.init(.train, rows: 1)])
        let values = [-0.0, 0x1p-1074, .pi, -.greatestFiniteMagnitude]
        var feature = featureRole(plan, Matrix(rows: 1, columns: 4, elements: values))
        let actions = try feature.forward(rows: batch(Matrix(rows: 1, columns: 1, repeating: 1)), in: .train)
        guard case .send(let frame, let receiver) = actions.first else { throw CancellationError() }
        #expect(receiver == label)
        #expect(frame == self.frame("Z1", Matrix(rows: 1, columns: 4, elements: [0] + values.dropFirst())))
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan, .signalingNaN]) func numbersFromOutsideAreFinite(
        bad: Double
    ) throws {
        var role = labelRole(plan([.init(.train, rows: 1)]), zeros(3, 2))
        _ = try role.forward(rows: batch(zeros(1, 3)), in: .train)
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
            try feature.forward(rows: batch(Matrix(rows: 1, columns: 2, repeating: 2)), in: .evaluate)
        }
        #expect(error == .notFinite(step: "Z1"))
        #expect(error.abortReason == .boundExceeded)
    }

    @Test func eventsAndShapesAreChecked() throws {
        var role = labelRole(plan([.init(.train, rows: 4)]), zeros(3, 2))
        #expect(throws: UnprotectedError.shape(of: "X", rows: 4, columns: 5)) {
            try role.forward(rows: batch(zeros(4, 5)), in: .train)
        }
        let lookups = Matrix(rows: 4, columns: 1, elements: [0, 0, 0, 0])
        #expect(throws: UnprotectedError.shape(of: "the lookups", rows: 4, columns: 1)) {
            try role.forward(rows: SourceRows(numbers: SparseMatrix(zeros(4, 3)), lookups: lookups), in: .train)
        }
        #expect(throws: UnprotectedError.outOfTurn(event: "backward")) { try role.backward(dZ: zeros(4, 2)) }
        _ = try role.forward(rows: batch(zeros(4, 3)), in: .train)
        #expect(throws: UnprotectedError.outOfTurn(event: "forward")) {
            try role.forward(rows: batch(zeros(4, 3)), in: .train)
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
