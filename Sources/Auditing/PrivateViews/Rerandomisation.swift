internal import Arithmetic
internal import Specification
internal import Transcript

/// Looks whether masked products that a party sent were re-randomised.
///
/// c mod n does not depend on the plaintext, only on the randomness: of a product it is what the randomness of the ciphertexts that went
/// in gives, raised to the party's own numbers. Whoever has the key, or guesses the numbers, could test for that. So the auditor computes it
/// from the party's rows, for three ciphertexts of each frame; any that is equal left without fresh randomness.
struct Rerandomisation {
    private struct Source: Hashable {
        let peer: Party
        let protocolName: String
        let step: String
    }

    private let view: LoadedView
    private let conventions: ViewConventions
    /// The last frame of each step that a peer sent under its own key, or that lists rows.
    private var frames: [Source: (number: Int, frame: TranscriptRecord.FrameRecord)] = [:]
    private var moduli: [Party: Integer] = [:]

    init(_ view: LoadedView, _ conventions: ViewConventions) { (self.view, self.conventions) = (view, conventions) }

    /// A partner's key.
    mutating func learn(_ modulus: Integer, of peer: Party) { moduli[peer] = modulus }

    /// Keeps what later products are made of.
    mutating func keep(_ frame: TranscriptRecord.FrameRecord, _ number: Int) {
        let source = Source(peer: frame.peer, protocolName: frame.header.protocolName, step: frame.header.step)
        frames[source] = (number, frame)
    }

    /// Looks at a masked product under the receiver's key.
    func check(_ frame: TranscriptRecord.FrameRecord, _ findings: inout Findings) {
        guard let statement = conventions.product(frame.header), let modulus = moduli[frame.peer],
            let payload = frame.payload, let product = Product(frame, statement, self, modulus)
        else { return }
        let count = payload.count / product.ciphertextBytes
        for index in Set([0, count / 2, count - 1]).sorted() where (0..<count).contains(index) {
            let place = index * product.ciphertextBytes
            let sent = Integer(bigEndian: payload[place..<place + product.ciphertextBytes]).modulo(modulus)
            guard let plain = product.randomness(of: index), plain == sent else { continue }
            findings.add(
                .noise, peer: frame.peer, expected: "fresh randomness in every ciphertext of a product",
                found: "the very randomness of what went in, in ciphertext \(index) of \(frame.place)")
            return
        }
    }

    fileprivate func last(_ steps: Set<String>, of frame: TranscriptRecord.FrameRecord) -> TranscriptRecord.FrameRecord?
    {
        steps.compactMap {
            frames[Source(peer: frame.peer, protocolName: frame.header.protocolName, step: $0)]
        }.max { $0.number < $1.number }?.frame
    }

    /// One product, as far as its randomness goes.
    private struct Product {
        let modulus: Integer
        let ciphertextBytes: Int
        private let right: [UInt8]
        private let rightRows: Int
        /// Of one row, left and right alike.
        private let ciphertextsPerRow: Int
        private let rowsPerCiphertext: Int
        private let rowBits: Int
        private let rows: Int
        /// For each row of the product, rows on the right with their multipliers.
        private let left: [[(row: Int, times: Int64)]]

        /// - Returns: nil where the frames or the view do not fit: other checks say so.
        init?(
            _ frame: TranscriptRecord.FrameRecord, _ statement: ProductStatement, _ all: Rerandomisation,
            _ modulus: Integer
        ) {
            let (header, view) = (frame.header, all.view)
            let name = LoadedView.RoundName(
                protocolName: statement.protocolName, phase: statement.phase, round: header.round)
            guard let operand = all.last(statement.right, of: frame), let payload = operand.payload,
                let batch = view.rounds[name], batch.allSatisfy(view.rows.indices.contains), header.shape.count == 2,
                operand.header.shape.count == 2, header.shape[1] == operand.header.shape[1], header.shape[1] > 0,
                header.slots > 0, header.slotBits > 0
            else { return nil }
            self.modulus = modulus
            ciphertextBytes = modulus.bitLength / 4
            right = payload
            (rows, rightRows) = (header.shape[0], operand.header.shape[0])
            let columns = header.shape[1]
            guard columns <= 1 << 24, header.slots <= 4096, header.slotBits <= 4096, rows <= 1 << 24,
                rightRows <= 1 << 24
            else { return nil }
            ciphertextsPerRow = (columns + header.slots - 1) / header.slots
            rowsPerCiphertext = max(1, header.slots / columns)
            rowBits = columns * header.slotBits
            guard right.count == rightRows * ciphertextsPerRow * ciphertextBytes else { return nil }
            let list = statement.list.flatMap { all.last([$0], of: frame) }?.payload.map(Self.numbers)
            left = Self.left(statement.left, batch.map { view.rows[$0] }, listed: list, rows: rows)
            guard left.count == rows, left.allSatisfy({ $0.allSatisfy { (0..<rightRows).contains($0.row) } }) else {
                return nil
            }
        }

        /// The randomness of one ciphertext of the product, modulo n.
        func randomness(of index: Int) -> Integer? {
            let first = index / ciphertextsPerRow * rowsPerCiphertext
            var result = Integer(1)
            // The last row of a group lies highest.
            for row in (first..<min(first + rowsPerCiphertext, rows)).reversed() {
                if result != 1 {
                    result = result.power(Integer(powerOfTwo: rowBits), modulo: modulus, variableTime: true)
                }
                for (place, times) in left[row] {
                    let start = (place * ciphertextsPerRow + index % ciphertextsPerRow) * ciphertextBytes
                    var base = Integer(bigEndian: right[start..<start + ciphertextBytes]).modulo(modulus)
                    if times < 0 {
                        guard let inverse = base.inverse(modulo: modulus) else { return nil }
                        base = inverse
                    }
                    let power = base.power(
                        Integer(Int64(clamping: times.magnitude)), modulo: modulus, variableTime: true)
                    result.multiply(by: power, modulo: modulus)
                }
            }
            return result
        }

        private static func left(
            _ left: ProductStatement.Left, _ batch: [LoadedView.Row], listed: [Int]?, rows: Int
        ) -> [[(row: Int, times: Int64)]] {
            let places = listed.map { Dictionary($0.enumerated().map { ($1, $0) }) { first, _ in first } }
            /// What is not listed lies outside of every operand.
            func place(_ row: Int) -> Int { places.map { $0[row] ?? -1 } ?? row }
            switch left {
            case .rows: return batch.map { $0.numbers.map { (place($0.column), $0.value) } }
            case .lookups: return batch.flatMap { $0.lookups.map { [(place($0), Int64(1))] } }
            case .columns:
                var result = [[(row: Int, times: Int64)]](repeating: [], count: rows)
                for (row, numbers) in batch.enumerated() {
                    for (column, value) in numbers.numbers where result.indices.contains(place(column)) {
                        result[place(column)].append((row, value))
                    }
                }
                return result
            }
        }

        /// The numbers of a list of rows: 32 bits each, big-endian.
        private static func numbers(_ payload: [UInt8]) -> [Int] {
            stride(from: 0, to: payload.count - payload.count % 4, by: 4).map { start in
                payload[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            }
        }
    }
}
