internal import Coordination
internal import Cryptography
internal import KeyExchange
internal import MatMul
internal import Models
internal import Paillier
internal import Runtime
internal import Shares
internal import Specification
internal import Tables
internal import Unprotected

/// Training and evaluation over all parties: sets the source layer up as the job's protection says, then leads or follows.
extension PartyRun {
    func train(
        _ prepared: Prepared, _ schedule: Schedule, _ random: any RandomSource, _ reservation: ExposureReservation?
    ) throws {
        let columns = try exchangeColumns(prepared.features.columns)
        switch job.protection {
        case .blind: try trainBlind(prepared, schedule, columns, random, reservation)
        case .none: try trainUnprotected(prepared, schedule, columns, random, reservation)
        }
    }

    // MARK: - Protected

    private func trainBlind(
        _ prepared: Prepared, _ schedule: Schedule, _ columns: [Party: Int], _ random: any RandomSource,
        _ reservation: ExposureReservation?
    ) throws {
        func member(_ party: Party) -> MatMulParameters.Member { .init(party, columns: columns[party] ?? 0) }
        let parameters = try MatMulParameters(
            label: member(job.labelParty), features: job.featureParties.map(member), width: job.model.width,
            keyBits: job.keys.bits, attempt: assignment.attempt)
        let (key, partnerKeys) = try exchangeKeys(random)
        let bounds = MatMulInitialBounds(
            standardDeviation: job.model.initialDeviation, featureParties: job.featureParties.count)
        let optimiser = try ShareOptimiser(
            rate: Fraction(decimal: job.train.optimizer.rate),
            momentum: Fraction(decimal: job.train.optimizer.momentum),
            decay: Fraction(decimal: "0"))
        let plan = try parameters.plan(
            schedule.trainRuns.map { .init(.train, rows: $0.rows, count: $0.count) }
                + schedule.testRuns.map { .init(.evaluate, rows: $0.rows, count: $0.count) })
        let session = try session(MatMulProtocol.specification, plan)
        reservation?.use()
        switch role {
        case .label:
            let shares = try MatMulLabelShares(parameters, bounds: bounds, optimiser: optimiser, random: random)
            var role = try MatMulLabelParty(
                parameters, key: key, featureKeys: partnerKeys, shares: shares, random: random)
            _ = try session.run(&role) { try $0.start() }
            var source = BlindLabelSource(session: session, role: role, features: prepared.features)
            try lead(&source, prepared, schedule, random, session)
        case .feature:
            guard let labelKey = partnerKeys[job.labelParty] else {
                throw RunError(.internalError, "the key exchange gave no key of \(job.labelParty)")
            }
            let shares = try MatMulFeatureShares(
                of: me, parameters, bounds: bounds, optimiser: optimiser, random: random)
            var role = try MatMulFeatureParty(
                me, parameters, key: key, labelKey: labelKey, shares: shares, random: random,
                pairRandom: pairSources())
            _ = try session.run(&role) { try $0.start() }
            var source = BlindFeatureSource(session: session, role: role, features: prepared.features)
            try follow(&source, schedule, session)
        }
        try finish(session)
        count(session, key: key, partners: partnerKeys)
    }

    /// Makes this party's key for this model, and exchanges it with whom it shares the layer.
    private func exchangeKeys(_ random: any RandomSource) throws -> (PrivateKey, [Party: PublicKey]) {
        notify(.init(stage: .keys, bytes: bytesSent))
        let key = try PrivateKey.generate(bits: job.keys.bits, from: random.stream("keys/\(me)"))
        let role = KeyExchangeParty(
            me: me, label: job.labelParty, features: job.featureParties, key: key, jobHash: assignment.hash)
        let outputs = try play(
            KeyExchangeProtocol.specification,
            KeyExchangeProtocol.plan(label: job.labelParty, features: job.featureParties, keyBits: job.keys.bits), role
        ) { $0.start() }
        guard let keys = outputs.first else { throw RunError(.internalError, "the key exchange gave no keys") }
        return (key, keys)
    }

    /// For each other feature party, randomness that only the two ends of their link have, in this attempt alone.
    private func pairSources() throws -> [Party: any RandomSource] {
        var sources: [Party: any RandomSource] = [:]
        for peer in job.featureParties where peer != me {
            let exported = SecretBytes(
                copying: try links[peer].exportKey(label: "EXPORTER-colonnade-zero-sum", count: 32))
            let info = Array("colonnade/zero-sum/v1/\(assignment.attempt)".utf8)
            sources[peer] = try KeyedRandomSource(
                key: HKDF.derive(from: exported, salt: assignment.hash, info: info, count: 32))
        }
        return sources
    }

    private func count(_ session: Session, key: PrivateKey, partners: [Party: PublicKey]) {
        for operations in [key.cipher.operations] + partners.values.map(\.operations) {
            let counts = operations.counts
            report.ciphertexts.encrypted += counts.encrypted
            report.ciphertexts.decrypted += counts.decrypted
            report.ciphertexts.multiplied += counts.multiplied
            report.ciphertexts.added += counts.added
        }
        report.ciphertexts.sent = (session.traffic.sentPayload[.ciphertext] ?? 0) / key.cipher.ciphertextBytes
    }

    // MARK: - Unprotected

    private func trainUnprotected(
        _ prepared: Prepared, _ schedule: Schedule, _ columns: [Party: Int], _ random: any RandomSource,
        _ reservation: ExposureReservation?
    ) throws {
        notify(.init(stage: .train, bytes: bytesSent, note: UnprotectedProtocol.warning))
        let plan = UnprotectedProtocol.plan(
            label: job.labelParty, features: job.featureParties, columns: columns, width: job.model.width,
            runs: schedule.trainRuns.map { .init(.train, count: $0.count, rows: $0.rows) }
                + schedule.testRuns.map { .init(.evaluate, count: $0.count, rows: $0.rows) })
        let session = try session(UnprotectedProtocol.specification, plan)
        let stream = try random.stream("unprotected/init/\(me)")
        let weights = try Initializer { stream.bytes($0) }.uniform(
            rows: prepared.features.columns, columns: job.model.width,
            bound: job.model.initialDeviation * 3.0.squareRoot())
        let (layer, optimizer) = (LinearSource(weights: weights), SGD(job.train.optimizer))
        reservation?.use()
        switch role {
        case .label:
            var source = UnprotectedLabelSource(
                session: session, role: UnprotectedLabelParty(plan: plan, layer: layer, optimizer: optimizer),
                features: prepared.features)
            try lead(&source, prepared, schedule, random, session)
        case .feature:
            var source = UnprotectedFeatureSource(
                session: session, role: UnprotectedFeatureParty(plan: plan, layer: layer, optimizer: optimizer),
                features: prepared.features)
            try follow(&source, schedule, session)
        }
        try finish(session)
    }

    // MARK: - Both

    private func lead(
        _ source: inout some LabelSource, _ prepared: Prepared, _ schedule: Schedule, _ random: any RandomSource,
        _ session: Session
    ) throws {
        let training = Training(job: job, schedule: schedule, labels: prepared.labels)
        let stream = try random.stream("top-model/init")
        var top = try TopModel.make(job.model, from: Initializer { stream.bytes($0) })
        try timed(\.train) {
            try training.run(&source, top: &top) { done, of, loss in
                report.rounds = done
                notify(.init(stage: .train, done: done, of: of, loss: loss, bytes: bytesSent(in: session)))
            }
        }
        let scores = try timed(\.evaluate) {
            try training.score(&source, top: top) { done, of in
                notify(.init(stage: .evaluate, done: done, of: of, bytes: bytesSent(in: session)))
            }
        }
        report.rounds += schedule.testBatches.count
        report.metrics = try training.metrics(scores)
        report.baselines["labelPartyOnly"] = try training.baseline([prepared.features])
        report.baselines["labelPartyWithExtraColumns"] = try prepared.extended.map { try training.baseline([$0]) }
    }

    private func follow(_ source: inout some FeatureSource, _ schedule: Schedule, _ session: Session) throws {
        try timed(\.train) {
            let rounds = schedule.trainRounds
            for (index, rows) in schedule.trainBatches.enumerated() {
                try source.answer(rows, training: true, next: schedule.round(after: index))
                report.rounds += 1
                notify(.init(stage: .train, done: index + 1, of: rounds, bytes: bytesSent(in: session)))
            }
        }
        try timed(\.evaluate) {
            for (index, rows) in schedule.testBatches.enumerated() {
                try source.answer(rows, training: false, next: schedule.round(after: schedule.trainRounds + index))
                report.rounds += 1
            }
        }
    }

    /// Bytes sent so far, those of a session that has not finished included.
    private func bytesSent(in session: Session) -> Int {
        bytesSent + session.traffic.sent.values.reduce(0) { $0 + $1.bytes }
    }
}
