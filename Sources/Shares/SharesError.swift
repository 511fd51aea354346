public import Arithmetic

/// Why a number was not encoded, masked or opened. Cases hold public sizes and limits, never values.
public enum SharesError: Error, Equatable {
    /// A number is not finite, or at or beyond the limit `2^limitBits` of its encoding.
    case outOfRange(limitBits: Int)
    /// A number of terms, rows or columns for which no bound is proved.
    case unboundedSize(Int, limit: Int)
    /// One slot alone is wider than a plaintext of the key.
    case slotTooWide(slotBits: Int, keyBits: Int)
    /// A decrypted plaintext is negative or reaches above its last slot: not what the protocol sends.
    case plaintextOutsideSlots(slotBits: Int, slots: Int)
    /// Another number of ciphertexts or plaintexts than the layout calls for.
    case count(expected: Int, found: Int)
    /// Two matrices, or a matrix and what was agreed, differ in shape.
    case shape(expected: [Int], found: [Int])
    /// The job would mask more values than the hiding argument covers.
    case maskBudgetSpent(limit: Int)
    /// A rate, momentum or decay that is not a plain decimal number such as `0.05`.
    case notDecimal
    /// An optimiser's parameter outside its range; `expected` says which.
    case invalidOptimiser(expected: String)
    /// The public factor of weight decay has shrunk below `2^-20`.
    case decayFactorTooSmall
    /// rate / batch rounds to nothing at its scale.
    case rateTooSmall
}

extension SharesError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .outOfRange(let bits):
            "a number is not finite or reaches the limit 2^\(bits) of its encoding"
        case .unboundedSize(let size, let limit):
            "a size of \(size), where bounds are proved for 1 to \(limit)"
        case .slotTooWide(let slotBits, let keyBits):
            "slots of \(slotBits) bits do not fit into keys of \(keyBits) bits"
        case .plaintextOutsideSlots(let slotBits, let slots):
            "a plaintext reaches outside its \(slots) slots of \(slotBits) bits"
        case .count(let expected, let found):
            "\(expected) elements expected, found \(found)"
        case .shape(let expected, let found):
            "shape \(expected) expected, found \(found)"
        case .maskBudgetSpent(let limit):
            "the job would mask more than \(limit) values"
        case .notDecimal:
            "a plain decimal number such as 0.05 is expected"
        case .invalidOptimiser(let expected):
            "optimiser: \(expected)"
        case .decayFactorTooSmall:
            "weight decay has shrunk the weights' common factor below 2^-20"
        case .rateTooSmall:
            "the learning rate divided by the batch size rounds to zero"
        }
    }
}

extension Matrix {
    /// - Throws: `SharesError.shape` for any other shape.
    public func requireShape(rows: Int, columns: Int) throws(SharesError) {
        guard self.rows == rows, self.columns == columns else {
            throw .shape(expected: [rows, columns], found: [self.rows, self.columns])
        }
    }
}
