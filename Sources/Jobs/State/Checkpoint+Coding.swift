internal import FoundationEssentials
internal import Models
internal import Resumption
internal import Specification

// How a checkpoint is written before it is encrypted. Numbers are kept to the last bit.

extension Checkpoint {
    /// Of the format that ``encoded`` writes.
    static let version = 2

    var encoded: [UInt8] {
        get throws {
            var writer = CanonicalWriter()
            try writer.json(preparation)
            try writer.part(part)
            try writer.json(top)
            writer.course(course)
            try writer.json(best?.judgement)
            writer.integer(UInt8(best == nil ? 0 : 1))
            if let best { try writer.part(best.part) }
            return writer.bytes
        }
    }

    /// - Parameter version: Of the format: 1, which the previous version of this program wrote, or 2.
    /// - Throws: for what ``encoded`` of that version did not write.
    init(decoding bytes: [UInt8], of moment: Moment, version: Int = version) throws {
        var reader = CanonicalReader(bytes)
        self.moment = moment
        guard version > 1 else {
            let facts: FactsOfVersion1 = try reader.json()
            (preparation, top) = (facts.preparation, facts.top)
            part = try reader.part(PartFacts(alpha: facts.alpha, plain: facts.plain))
            course = try reader.course()
            guard reader.remaining == 0 else { throw SpecificationError.malformed("checkpoint") }
            return
        }
        preparation = try reader.json()
        part = try reader.part()
        top = try reader.json()
        course = try reader.course()
        let judgement: BestEpoch<HeldPart>.Judgement? = try reader.json()
        best = try reader.integer(UInt8.self) == 0 ? nil : BestEpoch(part: try reader.part(), judgement: judgement)
        guard reader.remaining == 0 else { throw SpecificationError.malformed("checkpoint") }
    }
}

/// What is small of a party's part of the layer.
private struct PartFacts: Codable {
    /// The public factor that weight decay left, at scale 2^40.
    var alpha: Int64
    var plain: PlainPart.Saved?
}

/// Version 1 had all that is small in one place, and nothing of trainings that may stop early.
private struct FactsOfVersion1: Decodable {
    var preparation: PartyPreparation
    var alpha: Int64
    var plain: PlainPart.Saved?
    var top: ModelParameters?
}

/// A training that has diverged is kept like any other.
private let (infinity, negativeInfinity, notANumber) = ("inf", "-inf", "nan")

extension CanonicalWriter {
    fileprivate mutating func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: infinity, negativeInfinity: negativeInfinity, nan: notANumber)
        blob(try [UInt8](encoder.encode(value)))
    }

    fileprivate mutating func part(_ part: HeldPart) throws {
        try json(PartFacts(alpha: part.shares.alpha, plain: part.plain))
        shares(part.shares)
        velocities(part.shares.velocities)
    }

    fileprivate mutating func course(_ course: TrainingCourse) {
        for numbers in [course.losses, course.scores] { list(numbers) { $0.integer($1.bitPattern) } }
    }
}

extension CanonicalReader {
    fileprivate mutating func json<Value: Decodable>() throws -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: infinity, negativeInfinity: negativeInfinity, nan: notANumber)
        return try decoder.decode(Value.self, from: Data(blob()))
    }

    fileprivate mutating func part() throws -> HeldPart { try part(json()) }

    fileprivate mutating func part(_ facts: PartFacts) throws -> HeldPart {
        var shares = try shares()
        (shares.alpha, shares.velocities) = (facts.alpha, try velocities())
        return HeldPart(shares: shares, plain: facts.plain)
    }

    fileprivate mutating func course() throws(SpecificationError) -> TrainingCourse {
        func numbers(_ reader: inout CanonicalReader) throws(SpecificationError) -> [Double] {
            try reader.list { (reader) throws(SpecificationError) in Double(bitPattern: try reader.integer()) }
        }
        return TrainingCourse(losses: try numbers(&self), scores: try numbers(&self))
    }
}
