public import Boosting
public import Cryptography
public import Histories
public import HistoryCache
public import HistoryTower
public import Link
public import Models
public import Preparation
public import PrivateView
public import Scratch
public import Specification
public import Tables

/// Why a party gives a job up for a reason of its own. Sentences hold names and counts, never data.
public struct RunError: Error, Equatable, CustomStringConvertible, AbortReasonProviding {
    public let abortReason: AbortReason
    public let blamedParty: Party?
    public let description: String

    /// - Parameter blamed: who gave occasion; `nil` for this party itself.
    init(_ reason: AbortReason, blaming blamed: Party? = nil, _ description: String) {
        abortReason = reason
        blamedParty = blamed
        self.description = description
    }
}

// What errors of the libraries below mean for a job: they know nothing of jobs themselves.

extension TablesError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .oneClass: .oneClassLabels
        case .scratch: .storageFailed
        case .source, .noRows, .missingColumn, .notANumber, .notFinite, .notNumeric,
            .typeChanged,
            .missingLabel, .notBinary, .unknownClass, .negativeCount, .tooManyCategories, .columnTooLarge,
            .nothingToLearnFrom:
            .badData
        }
    }
}

extension ScratchError: AbortReasonProviding {
    public var abortReason: AbortReason { .storageFailed }
}

extension PreparationError: AbortReasonProviding {
    public var abortReason: AbortReason { .badData }
}

extension HistoriesError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .table(let error): error.abortReason
        case .noMoment, .notAMoment, .mixedMoments, .otherMoments, .numericEntity, .noEvents, .tooLarge, .unknown:
            .badData
        }
    }
}

extension RandomError: AbortReasonProviding {
    public var abortReason: AbortReason { .repeatedRandomness }
}

extension StateError: AbortReasonProviding {
    public var abortReason: AbortReason { .storageFailed }
}

extension PrivateViewError: AbortReasonProviding {
    public var abortReason: AbortReason { .storageFailed }
}

extension BoostingError: AbortReasonProviding {
    public var abortReason: AbortReason { .badData }

    public var followsGivingUp: Bool { self == .cancelled }
}

extension HistoryTowerError: AbortReasonProviding {
    public var abortReason: AbortReason { .badData }
}

extension HistoryCacheError: AbortReasonProviding {
    public var abortReason: AbortReason { .storageFailed }
}

/// A tower over histories stopped learning or encoding, since the job has been given up.
struct CancelledLearning: Error, CustomStringConvertible, AbortReasonProviding {
    let abortReason = AbortReason.cancelled
    let followsGivingUp = true
    let description = "the job has been given up"
}

extension ModelsError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .diverged: .boundExceeded
        case .noModel, .parameters: .badData
        }
    }
}
