import Link
import Specification
import Testing
import TLSLink

@Suite struct EnvelopeTests {
    static let samples: [Envelope] = [
        .open(version: Envelope.version, purpose: "job/0a1b"), .opened, .refused(.notReady), .refused(.busy),
        .refused(.stopping),
        .refused(.otherVersion(7)), .data([]), .data([1, 2, 3]), .heartbeat(received: 0), .heartbeat(received: .max),
        .close,
    ]

    private func parse(_ bytes: [UInt8], piece: Int = .max) throws -> [Envelope] {
        var parser = EnvelopeParser()
        parser.acceptsData = true
        var envelopes: [Envelope] = []
        var start = 0
        while start < bytes.count {
            var rest = bytes[start..<min(bytes.count, start + min(piece, bytes.count))]
            start = rest.endIndex
            while let envelope = try parser.next(from: &rest) { envelopes.append(envelope) }
        }
        return envelopes
    }

    @Test func theFormatIsFixed() throws {
        #expect(Envelope.open(version: 1, purpose: "ab").encoded == [0, 0, 0, 5, 1, 1, 0, 2, 0x61, 0x62])
        #expect(Envelope.opened.encoded == [0, 0, 0, 0, 2])
        #expect(Envelope.refused(.otherVersion(9)).encoded == [0, 0, 0, 2, 3, 4, 9])
        #expect(Envelope.data([0xFF]).encoded == [0, 0, 0, 1, 4, 0xFF])
        #expect(Envelope.heartbeat(received: 258).encoded == [0, 0, 0, 8, 5, 0, 0, 0, 0, 0, 0, 1, 2])
        let cause = AbortCause(party: try Party("a"), step: "s", reason: .badData)
        #expect(Envelope.abort(cause).encoded == [0, 0, 0, 7, 6, 1, 0, 1, 0x61, 0, 1, 0x73])
        #expect(Envelope.close.encoded == [0, 0, 0, 0, 7])
    }

    @Test(arguments: [1, 2, 3, 5, 7, 64, Int.max]) func envelopesComeBackHoweverTheyAreCut(piece: Int) throws {
        let cause = AbortCause(party: try Party("weather"), step: "align", reason: .duplicateIDs)
        let envelopes = Self.samples + [.abort(cause)]
        #expect(try parse(envelopes.flatMap(\.encoded), piece: piece) == envelopes)
    }

    @Test func thePurposeOfAnotherVersionIsNotRead() throws {
        #expect(try parse([0, 0, 0, 3, 1, 2, 0xFF, 0xFF]) == [.open(version: 2, purpose: "")])
    }

    @Test func unknownTypesAreRefused() {
        let known = Set(Envelope.Kind.allCases.map(\.rawValue))
        for kind in UInt8.min...UInt8.max where !known.contains(kind) {
            #expect(throws: EnvelopeError.unknownKind(kind)) { try parse([0, 0, 0, 0, kind]) }
        }
    }

    @Test(arguments: Envelope.Kind.allCases) func lengthsAreCheckedBeforeAnythingElse(kind: Envelope.Kind) {
        // Only the header comes: were the length believed, the parser would wait for the body.
        let header = Envelope.header(kind, count: kind.limit + 1)
        #expect(throws: EnvelopeError.tooLong(kind, length: kind.limit + 1)) { try parse(header) }
        let longest = Envelope.header(kind, count: 0xFFFF_FFFF)
        #expect(throws: EnvelopeError.tooLong(kind, length: 0xFFFF_FFFF)) { try parse(longest) }
    }

    @Test func messagesAreRefusedBeforeTheLinkIsOpen() {
        var parser = EnvelopeParser()
        var rest = Envelope.header(.data, count: 1 << 20)[...]
        #expect(throws: EnvelopeError.unexpected(.data)) { try parser.next(from: &rest) }
    }

    @Test func bodiesThatAreTooShortOrTooLongAreRefused() throws {
        let cause = AbortCause(party: try Party("weather"), step: "align", reason: .duplicateIDs)
        for envelope in Self.samples + [.abort(cause)] where envelope.kind != .data {
            let body = envelope.encoded[Envelope.headerSize...]
            #expect(throws: EnvelopeError.self) { try Envelope(envelope.kind, body: body + [0]) }
            if !body.isEmpty {
                #expect(throws: EnvelopeError.self) { try Envelope(envelope.kind, body: Array(body.dropLast())) }
            }
        }
        #expect(throws: EnvelopeError.malformed(.refused)) { try Envelope(.refused, body: [5]) }
        #expect(throws: EnvelopeError.malformed(.refused)) { try Envelope(.refused, body: [1, 1]) }
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func whateverIsAcceptedHasOneEncoding(seed: UInt64) {
        // Valid envelopes with one changed byte: they fail, or they mean what their bytes say.
        var bytes = Self.samples[Int(seed) % Self.samples.count].encoded
        let position = Int(seed / 11) % bytes.count
        bytes[position] = bytes[position] &+ UInt8(truncatingIfNeeded: seed &* 37 | 1)
        guard let envelopes = try? parse(bytes) else { return }
        let encoded = envelopes.flatMap(\.encoded)
        // An `open` of another version is not read to its end, so it is not written back.
        if case .open(let version, _)? = envelopes.first, version != Envelope.version { return }
        #expect(encoded == Array(bytes[..<encoded.count]))
    }
}
