internal import Arithmetic
internal import Attacks
internal import Specification

/// Everything that one kind of frame told the attacker, over all rounds.
struct Observation: Sendable {
    /// A kind of frame's numbers about rows, in one reading.
    struct RowReading: Sendable {
        let name: String
        let visits: Visits
    }

    /// Its matrices, in one reading.
    struct MatrixReading: Sendable {
        let name: String
        let gradients: Gradients
        /// The round of each.
        let rounds: [RecordedView.RoundName]
    }

    let kind: FrameKind
    /// Frames of it.
    private(set) var frames = 0
    /// Rounds that the visits' batches count.
    private(set) var rounds: [RecordedView.RoundName] = []
    private(set) var rows: [RowReading] = []
    private(set) var matrices: [MatrixReading] = []
    private(set) var keys: [UInt128] = []
    private(set) var reach: UInt128 = 0
    private(set) var shortShares: [UInt64] = []
    /// Of each short share, a number of its place in a row of the batch: the row, and which of its numbers.
    private(set) var shortPlaces: [Int] = []
    /// Of each frame that belongs to a round: which, how long, and how long after the frame before it.
    private(set) var traces: [(round: RecordedView.RoundName, length: Int, gap: Int?)] = []

    /// Reads all frames of a kind.
    /// - Throws: ``AttackError``.
    init(_ kind: FrameKind, in transcript: RecordedTranscript, from view: RecordedView) throws(AttackError) {
        self.kind = kind
        let reader = FrameReader(party: view.party, key: view.key, moduli: transcript.moduli)
        var pending = PendingReadings()
        try transcript.each(kind) { (frame) throws(AttackError) in
            frames += 1
            let header = frame.record.header
            let name = RecordedView.RoundName(phase: header.phase, number: header.round)
            let round = transcript.protocolsOfRounds.contains(kind.protocolName) ? view.rounds[name] : nil
            if round != nil {
                let gap = view.times[frame.number].flatMap { now in view.times[frame.number - 1].map { now &- $0 } }
                traces.append((name, frame.record.length, gap))
            }
            guard kind.shape != .other else {
                keys.append(frame.record.digest.prefix(16).reduce(0) { $0 << 8 | UInt128($1) })
                return
            }
            guard let numbers = reader.numbers(frame) else {
                throw .payload(path: transcript.path, frame: frame.number, step: kind.step)
            }
            keys += numbers.keys
            reach = numbers.reach
            guard let round else {
                shortShares += numbers.shortShares
                shortPlaces += numbers.shortShares.indices.map { -1 - $0 }
                return
            }
            guard let added = pending.add(numbers, kind.shape, header, name, round) else {
                throw .payload(path: transcript.path, frame: frame.number, step: kind.step)
            }
            shortShares += numbers.shortShares
            shortPlaces += added
        }
        rounds = pending.rounds
        (rows, matrices) = pending.readings(kind.shape)
    }
}

/// Readings as they come in, round by round.
private struct PendingReadings {
    private(set) var rounds: [RecordedView.RoundName] = []
    private var batches: [[Int]] = []
    /// By reading, by round.
    private var parts: [Part] = []

    private struct Part {
        let name: String
        var matrices: [Matrix<Double>] = []

        /// What a round's matrix added to that of the round before: where weights are sent, the step.
        var changes: [Matrix<Double>] {
            matrices.indices.map { place in
                let (now, before) = (matrices[place], matrices[max(0, place - 1)])
                return now.rows == before.rows && now.columns == before.columns ? now - before : now
            }
        }
    }

    /// - Returns: Of each number, its place in the rows; `nil` where rows and batch do not fit.
    mutating func add(
        _ numbers: FrameNumbers, _ shape: ShapeClass, _ header: FrameHeader, _ name: RecordedView.RoundName,
        _ round: RecordedView.Round
    ) -> [Int]? {
        let isOfRows = shape != .weights
        guard !round.rows.isEmpty, !isOfRows || header.shape[0].isMultiple(of: round.rows.count) else { return nil }
        let perRow = isOfRows ? header.shape[0] / round.rows.count : 1
        rounds.append(name)
        batches.append(round.rows)
        for (place, reading) in numbers.readings.enumerated() {
            if parts.count == place { parts.append(Part(name: reading.name)) }
            // One row for each lookup of a row of the batch: side by side.
            let matrix = reading.numbers
            parts[place].matrices.append(
                isOfRows
                    ? Matrix(rows: round.rows.count, columns: matrix.columns * perRow, elements: matrix.elements)
                    : matrix)
        }
        let width = header.shape[1] * perRow
        return numbers.shortShares.indices.map { place in
            isOfRows ? round.rows[place / width] * width + place % width : place
        }
    }

    func readings(_ shape: ShapeClass) -> ([Observation.RowReading], [Observation.MatrixReading]) {
        guard !rounds.isEmpty else { return ([], []) }
        if shape == .weights {
            return (
                [],
                parts.flatMap { part in
                    [matrixReading(part.name, part.matrices), matrixReading("change of " + part.name, part.changes)]
                }
            )
        }
        let rows = batches.flatMap { $0 }
        let numbers = batches.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element.count) }
        return (
            parts.compactMap { part in
                // Rounds of different widths are no columns of one design.
                guard part.matrices.allSatisfy({ $0.columns == part.matrices[0].columns }) else { return nil }
                return Observation.RowReading(
                    name: part.name, visits: Visits(rows: rows, batches: numbers, numbers: .above(part.matrices)))
            }, []
        )
    }

    private func matrixReading(_ name: String, _ matrices: [Matrix<Double>]) -> Observation.MatrixReading {
        Observation.MatrixReading(
            name: name,
            gradients: Gradients(rounds: zip(batches, matrices).map { .init(rows: $0, matrix: $1) }), rounds: rounds)
    }
}
