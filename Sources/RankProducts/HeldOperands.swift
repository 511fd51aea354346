internal import Paillier

/// Which operands ranks keep, and how products with them are cut.
struct HeldOperands: Sendable {
    /// What was decided for all products with an operand.
    struct Choice: Sendable {
        /// `nil`: they are computed by the party's own process.
        var split: ProductSplit?
    }

    private struct Held: Sendable {
        weak let operand: EncryptedOperand?
        var choice: (value: Choice, join: RowJoin)?
        /// Under which each rank keeps its part.
        var name = UInt64.random(in: .min ... .max)
        /// The ranks that have it.
        var holders: Set<Int> = []
    }

    private var held: [ObjectIdentifier: Held] = [:]
    private var forgotten: [UInt64] = []

    /// What holds for an operand. It is decided anew for other joins, which need other tables.
    mutating func choice(for operand: EncryptedOperand, _ join: RowJoin) -> Choice? {
        guard let choice = entry(operand).choice, choice.join == join else { return nil }
        return choice.value
    }

    mutating func note(_ choice: Choice, for operand: EncryptedOperand, _ join: RowJoin) {
        if let old = held[ObjectIdentifier(operand)], old.choice != nil { drop(operand) }
        update(operand) { $0.choice = (choice, join) }
    }

    mutating func name(of operand: EncryptedOperand) -> UInt64 {
        update(operand) { _ in }
        return entry(operand).name
    }

    func holders(of operand: EncryptedOperand) -> Set<Int> { entry(operand).holders }

    /// Only of operands with a name.
    mutating func note(holders: Set<Int>, of operand: EncryptedOperand) {
        guard held[ObjectIdentifier(operand)] != nil else { return }
        update(operand) { $0.holders = holders }
    }

    /// Ranks need not keep it any more.
    mutating func drop(_ operand: EncryptedOperand) {
        if let old = held.removeValue(forKey: ObjectIdentifier(operand)) { forgotten.append(old.name) }
    }

    /// What ranks are told to forget with the next request: it names what nobody uses since the one before.
    mutating func takeForgotten() -> [UInt64] {
        for (key, entry) in held where entry.operand == nil {
            forgotten.append(entry.name)
            held[key] = nil
        }
        defer { forgotten = [] }
        return forgotten
    }

    private func entry(_ operand: EncryptedOperand) -> Held {
        // Another operand may have come to the place of one that is gone.
        if let entry = held[ObjectIdentifier(operand)], entry.operand === operand { return entry }
        return Held(operand: operand)
    }

    private mutating func update(_ operand: EncryptedOperand, _ change: (inout Held) -> Void) {
        let key = ObjectIdentifier(operand)
        var entry = entry(operand)
        if let old = held[key], old.name != entry.name { forgotten.append(old.name) }
        change(&entry)
        held[key] = entry
    }
}
