public import Link
public import Paillier
public import Shares

// What errors of the numbers below mean for a job. Those libraries know no link, so it is said here, where both are known.

extension PaillierError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .plaintext, .multiplier: .boundExceeded
        case .keySize, .modulus, .proof, .length, .ciphertext, .cancelled, .elsewhere: .internalError
        }
    }

    public var followsGivingUp: Bool { self == .cancelled }
}

extension SharesError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .outOfRange, .plaintextOutsideSlots, .maskBudgetSpent, .decayFactorTooSmall, .rateTooSmall: .boundExceeded
        case .unboundedSize, .slotTooWide, .count, .shape, .notDecimal, .invalidOptimiser: .internalError
        }
    }
}
