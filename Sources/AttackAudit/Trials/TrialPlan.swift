internal import Arithmetic
internal import Attacks
internal import Specification
internal import Synchronization
internal import Workers

/// All attacks that one party can try, with what they share: its own features, the models on these alone, the controls.
final class TrialPlan: Sendable {
    let view: RecordedView
    let truth: Truth
    private let design: Matrix<Double>
    private let completions: [Int: LabelCompletion]
    private let regressions: [Party: [Int: FeatureRegression]]
    /// Positive controls are the same for all frames with the same visits.
    private let controls = Mutex<[String: Measurement]>([:])

    /// Visits that regressions look at.
    private static let mostVisits = 50_000

    init(_ view: RecordedView, _ truth: Truth) {
        (self.view, self.truth) = (view, truth)
        design = view.design
        let rounds = view.rounds.filter { $0.key.phase == "train" }
        let visited = Set((rounds.isEmpty ? view.rounds : rounds).values.flatMap(\.rows))
        let rows = visited.sorted()
        let counts = [40, 400]
        let own = design
        if let labels = truth.labels {
            let models = counts.map { LabelCompletion(known: $0, own: own, labels: labels, rows: visited) }
            completions = Dictionary(uniqueKeysWithValues: models.compactMap { model in model.map { ($0.known, $0) } })
        } else {
            completions = [:]
        }
        let wanted = truth.victims.flatMap { victim in counts.map { (victim, $0) } }
        let models =
            Parallel.map(count: wanted.count) { place in
                FeatureRegression(
                    known: wanted[place].1, own: own, truth: wanted[place].0.features, rows: rows)
            } ?? []
        var regressions: [Party: [Int: FeatureRegression]] = [:]
        for (place, model) in zip(wanted, models) { regressions[place.0.party, default: [:]][place.1] = model }
        self.regressions = regressions
    }

    /// Tries everything that is registered and that can be tried, on all cores.
    func run(_ attacks: [Attack], on seen: Observation) -> [Trial] {
        let work = attacks.flatMap { attack in
            secrets(of: attack).map { (attack, $0) }
        }
        let trials = Parallel.map(count: work.count) { trial(work[$0].0, on: seen, work[$0].1) } ?? []
        return trials.compactMap { $0 }
    }

    /// Of whom an attack tries to learn something.
    private func secrets(of attack: Attack) -> [Truth.Victim?] {
        switch attack {
        case .norm, .direction, .spectral, .leastSquares, .completion40, .completion400:
            truth.labels == nil ? [] : [nil]
        case .regression40, .regression400, .inversion, .gradientInversion: truth.victims
        case .repeats, .size, .timing, .knownRows40, .knownRows400: [nil]
        }
    }

    private func trial(_ attack: Attack, on seen: Observation, _ victim: Truth.Victim?) -> Trial? {
        switch attack {
        case .norm: scoring(.norm, attack, seen)
        case .direction: scoring(.direction, attack, seen)
        case .spectral: scoring(.spectral, attack, seen)
        case .completion40, .completion400: completion(attack, seen)
        case .leastSquares: leastSquares(seen)
        case .regression40, .regression400: victim.flatMap { regression(attack, seen, $0) }
        case .inversion: victim.flatMap { inversion(seen, $0) }
        case .gradientInversion: victim.flatMap { gradientInversion(seen, $0) }
        case .repeats: repeats(seen)
        case .size: trace(attack, seen) { Double($0.length) }
        case .timing: trace(attack, seen) { $0.gap.map(Double.init) }
        case .knownRows40, .knownRows400: nil
        }
    }

    private func control(
        _ attack: Attack, _ victim: Party?, _ visits: Visits, _ measure: () -> Measurement?
    ) -> Measurement? {
        let name = "\(attack.rawValue) \(victim?.name ?? "") \(visits.count) \(visits.rows.hashValue)"
        if let known = controls.withLock({ $0[name] }) { return known }
        let measured = measure()
        if let measured { controls.withLock { $0[name] = measured } }
        return measured
    }

    // MARK: - Labels

    private func scoring(_ scoring: LabelScoring, _ attack: Attack, _ seen: Observation) -> Trial? {
        guard let labels = truth.labels, scoring.applies(to: labels), let first = seen.rows.first else { return nil }
        let visits = seen.rows.map(\.visits)
        return Trial(
            attack, worst(visits) { scoring.measure($0, labels) },
            control: control(attack, nil, first.visits) { scoring.measure(planted(first.visits), labels) },
            shuffled: worst(visits) { [shuffled = labels.shuffled()] in scoring.measure($0, shuffled) })
    }

    private func completion(_ attack: Attack, _ seen: Observation) -> Trial? {
        guard let model = attack.known.flatMap({ completions[$0] }),
            let visits = seen.joined?.thinned(to: Self.mostVisits)
        else { return nil }
        return Trial(
            attack, model.advantage(of: visits),
            control: control(attack, nil, visits) { model.advantage(of: planted(visits)) },
            shuffled: model.advantage(of: visits.shuffled()))
    }

    private func leastSquares(_ seen: Observation) -> Trial? {
        guard let labels = truth.labels, let own = ownFactor(of: seen), let first = seen.matrices.first else {
            return nil
        }
        let visits = seen.matrices.map { $0.gradients.derivatives(own: own) }
        let planted = first.gradients.rounds.enumerated().map { number, round in
            let derivatives = truth.derivatives(
                of: (round.rows, [Int](repeating: number, count: round.rows.count)), last: first.rounds.count - 1)
            return Gradients.Round(
                rows: round.rows, matrix: own.selecting(rows: round.rows).transposedProduct(derivatives))
        }
        return Trial(
            .leastSquares, worst(visits) { LabelScoring.direction.measure($0, labels) },
            control: control(.leastSquares, nil, visits[0]) {
                LabelScoring.direction.measure(Gradients(rounds: planted).derivatives(own: own), labels)
            },
            shuffled: worst(visits) { [shuffled = labels.shuffled()] in LabelScoring.direction.measure($0, shuffled) })
    }

    /// The attacker's own X, where a matrix may be `X^T dZ`; `nil` where it has other rows.
    private func ownFactor(of seen: Observation) -> Matrix<Double>? {
        guard let rows = seen.matrices.first?.gradients.commonRows else { return nil }
        if rows == view.numbers.columns { return view.numbers }
        // A table's gradient: X says which of its rows a row of the batch looks up.
        guard view.lookups.columns > 0, rows <= Self.mostTableRows,
            view.lookups.elements.allSatisfy({ (0..<rows).contains($0) })
        else {
            return nil
        }
        var ones = Matrix<Double>(rows: view.lookups.rows, columns: rows, repeating: 0)
        for row in 0..<ones.rows { for category in view.lookups.row(row) { ones[row, category] = 1 } }
        return ones
    }

    private static let mostTableRows = 512

    private func planted(_ visits: Visits) -> Visits {
        visits.with(truth.derivatives(of: (visits.rows, visits.batches), last: visits.batches.last ?? 0))
    }

    // MARK: - Features

    private func regression(_ attack: Attack, _ seen: Observation, _ victim: Truth.Victim) -> Trial? {
        guard let model = attack.known.flatMap({ regressions[victim.party]?[$0] }),
            let visits = seen.joined?.thinned(to: Self.mostVisits)
        else { return nil }
        return Trial(
            attack, of: victim.party, model.advantage(of: visits),
            control: control(attack, victim.party, visits) {
                let elements = visits.rows.map { victim.activations[$0] }
                return model.advantage(of: visits.with(Matrix(rows: visits.count, columns: 1, elements: elements)))
            },
            shuffled: model.advantage(of: visits.shuffled()))
    }

    private func inversion(_ seen: Observation, _ victim: Truth.Victim) -> Trial? {
        guard seen.kind.sender == victim.party, let first = seen.rows.first else { return nil }
        let columns = victim.numbers.columns
        var shares: [Matrix<Double>] = []
        for name in seen.rounds {
            // Where shares are many, they stand in the first round only.
            let elements = view.rounds[name]?.shares[victim.party] ?? []
            guard columns > 0, !elements.isEmpty, elements.count.isMultiple(of: columns) else { return nil }
            shares.append(Matrix(rows: columns, columns: elements.count / columns, elements: elements))
        }
        func measure(_ visits: Visits) -> Measurement? {
            FeatureInversion.features(visits, shares: shares).flatMap {
                FeatureInversion.correlation($0, with: victim.numbers)
            }
        }
        let visits = seen.rows.map(\.visits)
        return Trial(
            .inversion, of: victim.party, worst(visits, measure),
            control: control(.inversion, victim.party, first.visits) {
                let products = first.visits.rounds.map { places in
                    victim.numbers.selecting(rows: places.map { first.visits.rows[$0] })
                        .product(shares[first.visits.batches[places.lowerBound]])
                }
                return measure(first.visits.with(.above(products)))
            },
            shuffled: worst(visits) { measure($0.shuffled()) })
    }

    private func gradientInversion(_ seen: Observation, _ victim: Truth.Victim) -> Trial? {
        guard seen.kind.sender == victim.party, let first = seen.matrices.first,
            first.gradients.commonRows == victim.numbers.columns
        else { return nil }
        var derivatives: [Matrix<Double>] = []
        for (name, round) in zip(first.rounds, first.gradients.rounds) {
            guard let elements = view.rounds[name]?.derivative, elements.count.isMultiple(of: round.rows.count),
                elements.count / round.rows.count == round.matrix.columns
            else { return nil }
            derivatives.append(Matrix(rows: round.rows.count, columns: round.matrix.columns, elements: elements))
        }
        func measure(_ gradients: Gradients, _ truth: Matrix<Double>) -> Measurement? {
            FeatureInversion.correlation(gradients.features(derivatives: derivatives), with: truth)
        }
        var random = SplitMix64("shuffled features")
        let others = victim.numbers.selecting(rows: random.permutation(victim.numbers.rows))
        let gradients = seen.matrices.map(\.gradients)
        let planted = zip(first.gradients.rounds, derivatives).map { round, derivative in
            Gradients.Round(
                rows: round.rows, matrix: victim.numbers.selecting(rows: round.rows).transposedProduct(derivative))
        }
        return Trial(
            .gradientInversion, of: victim.party, .worst(of: gradients.compactMap { measure($0, victim.numbers) }),
            control: measure(Gradients(rounds: planted), victim.numbers),
            shuffled: .worst(of: gradients.compactMap { measure($0, others) }))
    }

    // MARK: - Traces

    private func repeats(_ seen: Observation) -> Trial? {
        // A product of two numbers at scale 2^20 that is not masked anew changes between visits by less than this.
        let bits = 44
        if let measured = Repeats.betweenVisits(seen.shortShares, rows: seen.shortPlaces, bits: bits) {
            var random = SplitMix64("fresh shares")
            var last: [Int: UInt64] = [:]
            let same = zip(seen.shortShares, seen.shortPlaces).map { share, row in
                defer { last[row] = last[row] ?? share }
                return last[row].map { $0 &+ 1 << 30 } ?? share
            }
            let fresh = seen.shortShares.map { _ in random.next() }
            return Trial(
                .repeats, measured, control: Repeats.betweenVisits(same, rows: seen.shortPlaces, bits: bits),
                shuffled: Repeats.betweenVisits(fresh, rows: seen.shortPlaces, bits: bits))
        }
        guard seen.keys.count > 1 else { return nil }
        var random = SplitMix64("fresh keys")
        let planted = Repeats.planted(seen.keys, reach: seen.reach)
        let fresh = seen.keys.map { _ in UInt128(random.next()) << 64 | UInt128(random.next()) }
        return Trial(
            .repeats, Repeats.count(seen.keys, reach: seen.reach),
            control: Repeats.count(planted, reach: seen.reach),
            shuffled: Repeats.count(fresh, reach: seen.reach))
    }

    /// Against the share of positive labels in each batch or, for the label party, how much the sender's rows hold.
    private func trace(
        _ attack: Attack, _ seen: Observation,
        _ number: ((round: RecordedView.RoundName, length: Int, gap: Int?)) -> Double?
    ) -> Trial? {
        var (traces, secrets): ([Double], [Double]) = ([], [])
        let density = truth.victims.first { $0.party == seen.kind.sender }?.density
        for trace in seen.traces {
            guard let rows = view.rounds[trace.round]?.rows, let value = number(trace) else { continue }
            let known = rows.compactMap { row in
                truth.labels.map { $0.positives[row].map { $0 ? 1.0 : 0 } } ?? density?[row]
            }
            guard !known.isEmpty else { continue }
            traces.append(value)
            secrets.append(known.reduce(0, +) / Double(known.count))
        }
        // A secret that never changes cannot be told.
        guard let first = secrets.first, secrets.contains(where: { $0 != first }) else { return nil }
        var random = SplitMix64("shuffled batches")
        let others = random.permutation(secrets.count).map { secrets[$0] }
        return Trial(
            attack, BatchCorrelation.measure(traces, with: secrets),
            control: BatchCorrelation.measure(secrets, with: secrets),
            shuffled: BatchCorrelation.measure(traces, with: others))
    }

    private func worst(_ visits: [Visits], _ measure: (Visits) -> Measurement?) -> Measurement? {
        Measurement.worst(of: visits.compactMap(measure))
    }
}

extension Trial {
    /// - Returns: `nil` where nothing could be measured.
    fileprivate init?(
        _ attack: Attack, of victim: Party? = nil, _ measured: Measurement?, control: Measurement?,
        shuffled: Measurement?
    ) {
        guard let measured, let control else { return nil }
        self.init(attack: attack, victim: victim, measured: measured, control: control, shuffled: shuffled)
    }
}

extension Observation {
    /// All readings side by side.
    fileprivate var joined: Visits? {
        rows.first.map { $0.visits.with(.beside(rows.map(\.visits.numbers))) }
    }
}

extension Gradients {
    /// Rows of every matrix; `nil` where they differ.
    fileprivate var commonRows: Int? {
        let rows = rounds.first?.matrix.rows
        return rounds.allSatisfy { $0.matrix.rows == rows } ? rows : nil
    }
}
