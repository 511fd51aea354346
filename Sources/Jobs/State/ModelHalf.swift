internal import Arithmetic
internal import Columns
internal import Cryptography
internal import FoundationEssentials
internal import Models
internal import Shares
internal import Specification

/// What one party keeps of a trained model: its preparation, its shares and, at the label party, all above the source layer.
///
/// Nobody can predict with one half. No key is kept: a prediction makes new ones, under which shares are encrypted anew.
struct ModelHalf: Sendable {
    /// All but the shares.
    var facts: Facts
    /// Its shares of the source layer, and how many updates they have had; secret towards all other parties.
    var shares: SavedShares

    /// A share as it is saved: wide enough for either ring.
    struct SavedShare: Equatable, Sendable {
        var matrix: Matrix<Int128>
        /// Bytes of an element: 8 or 16.
        var width: Int
    }

    /// What is known of a model beside its shares.
    struct Facts: Codable, Sendable {
        /// What it was trained by.
        var job: Job
        /// How much each party brings.
        var contributions: [Party: Contribution]
        /// How this party's columns are prepared.
        var preparation: PartyPreparation
        /// How predictions are read; at the label party.
        var scale: TargetScale?
        /// What is above the source layer; at the label party.
        var top: TopModel.Parameters?
        /// This party's own part of an unprotected source layer.
        var plain: PlainPart.Saved?
        /// The public factor of weight decay, at scale 2^40; `nil` where nothing decayed.
        var alpha: Int64?
        /// What comes of numbers that are always the same.
        var test: SelfTest

        /// The label party's part.
        var topModel: TopModel? {
            get throws {
                try top.map {
                    try TopModel(
                        job.architecture(ownColumns: preparation.ownColumns), parameters: $0,
                        optimiser: job.train.localOptimiser)
                }
            }
        }
    }
}

// MARK: - The file

extension ModelHalf {
    private static let kind = "colonnade/model/v2"

    /// Where a model lies; the name is checked before it becomes a part of a path.
    ///
    /// - Throws: ``RunError`` for what is no model's name.
    static func path(state: String, model: String) throws(RunError) -> String {
        guard isName(model) else {
            throw RunError(
                .badData, "'\(model.prefix(40))' is no model's name: 12 digits of a job's hash, '-' and its attempt")
        }
        return "\(state)/models/\(model).model"
    }

    /// 12 hexadecimal digits, a hyphen, a decimal number.
    static func isName(_ model: String) -> Bool {
        let parts = model.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let digits = Set("0123456789".utf8)
        return parts.count == 2 && parts[0].count == 12 && parts[0].allSatisfy(digits.union("abcdef".utf8).contains)
            && (1...10).contains(parts[1].count) && parts[1].allSatisfy(digits.contains)
    }

    /// Writes it for its owner only, whole or not at all.
    func save(to path: String) throws {
        var writer = CanonicalWriter()
        writer.text(Self.kind)
        // Two halves of one content are one file.
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        writer.blob(try [UInt8](encoder.encode(facts)))
        writer.shares(shares)
        try StateFile.write(writer.bytes + SHA256.hash(writer.bytes), to: path)
    }

    /// Reads a half and tests it.
    ///
    /// - Throws: `StateError` where the file is damaged or unreadable; ``RunError`` where there is none, or where the test vector
    ///   does not give what it gave.
    init(path: String, model: String) throws {
        guard let bytes = try StateFile.read(path) else {
            throw RunError(
                .badData, "there is no model \(model) here: colonnade-party models lists those that were trained")
        }
        let body = Array(bytes.dropLast(SHA256.byteCount))
        guard SHA256.hash(body) == Array(bytes.suffix(SHA256.byteCount)) else { throw StateError.damaged(path: path) }
        var reader = CanonicalReader(body)
        do {
            guard try reader.text() == Self.kind else {
                throw RunError(
                    .versionMismatch,
                    "\(path) was written by another version of this program; this one reads \(Self.kind)")
            }
            facts = try JSONDecoder().decode(Facts.self, from: Data(try reader.blob()))
            shares = try reader.shares()
            shares.alpha = facts.alpha ?? ShareOptimiser.wholeAlpha
            try reader.end()
        } catch let error as RunError { throw error } catch { throw StateError.damaged(path: path) }
        guard facts.test.agrees(with: SelfTest(shares.named, try facts.topModel)) else {
            throw RunError(
                .badData,
                "model \(model) does not compute here what it computed when it was saved; restore it from a backup")
        }
    }
}

extension ModelHalf.SavedShare {
    /// A share modulo 2^64.
    init(_ share: Matrix<Int64>) { self.init(matrix: share.map { Int128($0) }, width: 8) }

    /// A share modulo 2^128.
    init(_ share: Matrix<Int128>) { self.init(matrix: share, width: 16) }
}
