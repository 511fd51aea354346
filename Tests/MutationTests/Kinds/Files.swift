import AuditedFederation
import Auditing
import Transcript

/// Files that were changed or cut by whoever has no key.
extension Mutation {
    static let files = [
        Mutation("a bit of the chain", .chain) { mutant in
            let (record, range) = try mutant.pickRecord()
            let byte = range.lowerBound + 4 + Int.random(in: 0..<32, using: &mutant.noise)
            mutant.flip(byte)
            mutant.expect(record)
            mutant.expectation.namesFrame = false
        },
        Mutation("a bit of a record", .chain) { mutant in
            // What it holds may be found wrong first, or be no record at all; the next one does not continue it in any case.
            let (record, range) = try mutant.pickRecord(last: 1)
            mutant.flip(Int.random(in: (range.lowerBound + 36)..<range.upperBound, using: &mutant.noise))
            mutant.expectation.records = [record, record + 1]
            mutant.expectation.isFirst = false
        },
        Mutation("a bit of the last signature", .signature) { mutant in
            let file = try mutant.file()
            mutant.flip(Int.random(in: (file.count - 64)..<file.count, using: &mutant.noise))
            mutant.expect(mutant.records.endIndex - 1)
        },
        Mutation("a record cut out", .chain) { mutant in
            let (record, range) = try mutant.pickRecord(last: 1)
            mutant.tamper = { $0.removeSubrange(range) }
            mutant.expect(record)
            mutant.expectation.namesFrame = false
        },
        Mutation("the tail cut off", .completeness) { mutant in
            let file = try mutant.file()
            let length = Int.random(in: 0..<file.count, using: &mutant.noise)
            mutant.tamper = { $0.removeSubrange(length...) }
            mutant.expectation.verdict = .incomplete
            if length < (try mutant.range(of: 0, in: file).upperBound) { mutant.expectation.party = nil }
        },
    ]
}

extension Mutant {
    /// The bytes that the unchanged records make.
    func file() throws -> [UInt8] {
        guard let file = try run.forger.forge([party: records])[party] else { throw NotThere("file") }
        return file
    }

    /// A record but the header and the last ones, and its bytes in the file.
    mutating func pickRecord(last: Int = 0) throws -> (record: Int, bytes: Range<Int>) {
        let record = Int.random(in: 1..<(records.endIndex - last), using: &noise)
        return (record, try range(of: record, in: try file()))
    }

    func range(of record: Int, in file: [UInt8]) throws -> Range<Int> {
        var start = 0
        for index in 0...record {
            let length = file[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            if index == record { return start..<start + 4 + length }
            start += 4 + length
        }
        throw NotThere("record \(record)")
    }

    /// Turns a bit of the file over.
    mutating func flip(_ byte: Int) {
        let bit = UInt8(1 << Int.random(in: 0..<8, using: &noise))
        tamper = { $0[byte] ^= bit }
    }
}
