import Arithmetic
import EmbedMatMul
import Foundation
import MatMul
import Runtime
import Shares
import SourceLayers
import Specification

// The four roles, trained round by round. Noise is drawn a round ahead, as in a job.

extension LayerParty {
    mutating func trainMatMulLabel(_ key: MeasuredKey, _ partner: MeasuredCipher) throws -> LayerResult {
        let parameters = try task.matMul
        let shares = try MatMulLabelShares(
            parameters, bounds: matMulBounds, optimiser: optimiser, random: random)
        let role = try MatMulLabelParty(
            parameters, key: key, featureKeys: [Seat.feature.party: partner], shares: shares, random: random)
        let session = try matMulSession(parameters)
        let (data, tally) = (data, tally)
        return try train(session, role, { try $0.start() }) { role, round, next in
            let outputs = try session.run(&role) { role in
                try tally.measure(step: "F2 out") {
                    let actions = try role.base.forward(rows: data.numbers[round], in: .train)
                    if let next { try role.base.foresee(.train, rows: next) }
                    return actions
                }
            }
            guard case .opened(let z) = outputs.first else { preconditionFailure("a round opens Z") }
            let derivative = try derivative(
                z.map { FixedPoint.decode($0, fractionBits: FixedPoint.productFractionBits) }, data.labels[round])
            _ = try session.run(&role) { role in
                try tally.measure(step: "B1 out") { try role.base.backward(dZ: derivative) }
            }
        }
    }

    mutating func trainMatMulFeature(_ key: MeasuredKey, _ partner: MeasuredCipher) throws -> LayerResult {
        let parameters = try task.matMul
        let me = try seat.party
        let shares = try MatMulFeatureShares(
            of: me, parameters, bounds: matMulBounds, optimiser: optimiser, random: random)
        let role = try MatMulFeatureParty(
            me, parameters, key: key, labelKey: partner, shares: shares, random: random, pairRandom: [:])
        let session = try matMulSession(parameters)
        let (data, tally) = (data, tally)
        return try train(session, role, { try $0.start() }) { role, round, next in
            _ = try session.run(&role) { role in
                try tally.measure(step: "F1 out") {
                    let actions = try role.base.forward(rows: data.numbers[round], in: .train)
                    if let next { try role.base.foresee(.train, rows: next) }
                    return actions
                }
            }
        }
    }

    mutating func trainEmbedMatMulLabel(_ key: MeasuredKey, _ partner: MeasuredCipher) throws -> LayerResult {
        let parameters = try task.embedMatMul
        let session = try embedMatMulSession(parameters)
        let bounds = embedMatMulBounds
        let (data, tally, optimiser, random) = (data, tally, optimiser, random)
        return try train(
            session,
            EmbedMatMulLabelParty(
                parameters, key: key, featureKeys: [Seat.feature.party: partner],
                shares: EmbedMatMulLabelShares(
                    parameters, bounds: bounds, optimiser: optimiser, random: random), random: random),
            { try $0.start() }
        ) { role, round, next in
            let outputs = try session.run(&role) { role in
                try tally.measure(step: "E2 out") {
                    let actions = try role.base.forward(lookups: data.lookups[round], in: .train)
                    if let next { try role.base.foresee(.train, rows: next) }
                    return actions
                }
            }
            guard case .opened(let z) = outputs.first else { preconditionFailure("a round opens Z") }
            let unit = Double(sign: .plus, exponent: FixedPoint.productFractionBits, significand: 1)
            let derivative = try derivative(z.map { Double($0) / unit }, data.labels[round])
            _ = try session.run(&role) { role in
                try tally.measure(step: "G1 out") { try role.base.backward(dZ: derivative) }
            }
        }
    }

    mutating func trainEmbedMatMulFeature(_ key: MeasuredKey, _ partner: MeasuredCipher) throws -> LayerResult {
        let parameters = try task.embedMatMul
        let me = try seat.party
        let session = try embedMatMulSession(parameters)
        let bounds = embedMatMulBounds
        let (data, tally, task) = (data, tally, task)
        let (optimiser, random) = (optimiser, random)
        var lists = 0
        func list(of lookups: Matrix<Int>) throws -> [Int]? {
            defer { lists += 1 }
            return try task.listed.map {
                try RowList.covering(
                    Set(lookups.elements), count: $0, of: task.feature * task.categories,
                    decoysFrom: random.stream("decoys \(lists)"))
            }
        }
        return try train(
            session,
            EmbedMatMulFeatureParty(
                me, parameters, key: key, labelKey: partner,
                shares: EmbedMatMulFeatureShares(
                    of: me, parameters, bounds: bounds, optimiser: optimiser, random: random),
                random: random, pairRandom: [:]), { try $0.start() }
        ) { role, round, next in
            _ = try session.run(&role) { role in
                try tally.measure(step: "E1 out") {
                    let actions = try role.base.forward(
                        lookups: data.lookups[round], in: .train, listing: try list(of: data.lookups[round]))
                    if let next { try role.base.foresee(.train, rows: next) }
                    return actions
                }
            }
        }
    }

    private var matMulBounds: MatMulInitialBounds { .init(standardDeviation: 0.01, featureParties: 1) }
    private var embedMatMulBounds: EmbedMatMulInitialBounds { .init(tableDeviation: 0.1, weightDeviation: 0.1) }

    private func matMulSession(_ parameters: MatMulParameters) throws -> Session {
        try Session(
            MatMulProtocol.specification, plan: parameters.plan(task.runs), group: links, recorder: recorder,
            ciphertexts: ciphertexts)
    }

    private func embedMatMulSession(_ parameters: EmbedMatMulParameters) throws -> Session {
        try Session(
            EmbedMatMulProtocol.specification, plan: parameters.plan(task.runs), group: links, recorder: recorder,
            ciphertexts: ciphertexts)
    }
}

/// Of the logistic loss by Z.
private func derivative(_ z: Matrix<Double>, _ labels: [Double]) throws -> Matrix<Int64> {
    let values = try zip(z.elements, labels).map { z, label in
        try FixedPoint.encode(1 / (1 + exp(-z)) - label, within: .derivative, clipping: true)
    }
    return Matrix(rows: values.count, columns: 1, elements: values)
}
