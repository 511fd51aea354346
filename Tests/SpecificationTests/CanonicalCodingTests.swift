import Glibc
import Specification
import Testing

@Suite struct CanonicalCodingTests {
    @Test func everyValueComesBack() throws {
        var writer = CanonicalWriter()
        writer.integer(UInt32(0xDEAD_BEEF))
        writer.count(1 << 40)
        writer.signed(-7)
        writer.text("Säule")
        writer.blob([1, 2, 3])
        writer.list([5, 6]) { $0.count($1) }
        writer.optional(nil as Int?) { $0.count($1) }
        var reader = CanonicalReader(writer.bytes)
        #expect(try reader.integer(UInt32.self) == 0xDEAD_BEEF)
        #expect(try reader.count() == 1 << 40)
        #expect(try reader.signed() == -7)
        #expect(try reader.text() == "Säule")
        #expect(try reader.blob() == [1, 2, 3])
        #expect(try reader.list { (reader) throws(SpecificationError) in try reader.count() } == [5, 6])
        #expect(try reader.optional { (reader) throws(SpecificationError) in try reader.count() } == nil)
        try reader.end()
    }

    /// In a process of its own, which may take 2 GiB: less than so many elements of a plan would need.
    @Test func aListTakesMemoryAsItIsRead() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 2 << 30, rlim_max: 2 << 30)
            setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
            var writer = CanonicalWriter()
            writer.text("x")
            writer.count(1)
            let count = 100 << 20
            writer.integer(UInt32(count))
            let bytes = writer.bytes + [UInt8](repeating: 0, count: count)
            #expect(throws: SpecificationError.self) { try SessionPlan(decoding: bytes) }
        }
    }

    @Test func lengthsFromOutsideAreNotTrusted() {
        var short = CanonicalReader([0xFF, 0xFF, 0xFF, 0xFF, 1])
        #expect(throws: SpecificationError.self) { try short.blob() }
        var list = CanonicalReader([0xFF, 0xFF, 0xFF, 0xFF, 1])
        #expect(throws: SpecificationError.self) {
            try list.list { (reader) throws(SpecificationError) in try reader.integer(UInt8.self) }
        }
        var huge = CanonicalReader([UInt8](repeating: 0xFF, count: 8))
        #expect(throws: SpecificationError.self) { try huge.count() }
        var presence = CanonicalReader([2])
        #expect(throws: SpecificationError.self) {
            try presence.optional { (reader) throws(SpecificationError) in try reader.integer(UInt8.self) }
        }
        #expect(throws: SpecificationError.malformed("1 bytes after the end")) { try CanonicalReader([0]).end() }
    }

    @Test(arguments: ["", "Airline", "a b", "ä", String(repeating: "a", count: 33)])
    func namesThatAreNotParties(name: String) {
        #expect(throws: SpecificationError.invalidPartyName(length: name.utf8.count)) { try Party(name) }
    }

    @Test func aFrameHasOneEncoding() throws {
        let header = FrameHeader(
            protocolName: "matmul", phase: "train", round: 3, step: "F1", kind: .ciphertext,
            keyOwner: try Party("airline"), shape: [256, 1], scale: 40, slotBits: 218, slots: 14)
        let frame = Frame(header: header, payload: [9, 8, 7])
        #expect(try Frame(decoding: frame.encoded) == frame)
        for length in 0..<frame.encoded.count {
            #expect(throws: SpecificationError.self) { try Frame(decoding: Array(frame.encoded.prefix(length))) }
        }
        #expect(throws: SpecificationError.self) { try Frame(decoding: frame.encoded + [0]) }
    }

    /// Frames of no weights have no byte for a version; one that has it ends with it.
    @Test func aWeightVersionEndsAHeader() throws {
        var header = FrameHeader(protocolName: "matmul", phase: "train", round: 3, step: "F1", kind: .tag, shape: [1])
        func encoded() -> [UInt8] {
            var writer = CanonicalWriter()
            header.write(to: &writer)
            return writer.bytes
        }
        let without = encoded()
        for version in [0, 1 << 40] {
            header.weightVersion = version
            let with = encoded()
            let changed = zip(without, with).filter { $0.0 != $0.1 }
            #expect(changed.map { [$0.0, $0.1] } == [[Kind.tag.rawValue, Kind.tag.rawValue + 128]])
            #expect(with.count == without.count + 8)
            let frame = Frame(header: header, payload: [1])
            #expect(try Frame(decoding: frame.encoded) == frame)
            #expect(throws: SpecificationError.self) { try Frame(decoding: with.dropLast() + [0, 0, 0, 0]) }
        }
        header.weightVersion = nil
        #expect(try Frame(decoding: Frame(header: header, payload: [1]).encoded).header.weightVersion == nil)
    }

    @Test func namesInAFrameAreShortAndPrintable() {
        for name in ["", "F 1", "F1\n", "F\u{1B}[2J", "Fä", String(repeating: "F", count: 65)] {
            let header = FrameHeader(
                protocolName: "matmul", phase: "train", round: 3, step: name, kind: .tag, shape: [1])
            #expect(throws: SpecificationError.malformed("a name of \(name.utf8.count) bytes")) {
                try Frame(decoding: Frame(header: header, payload: []).encoded)
            }
        }
    }

    @Test func aPlanHasOneEncoding() throws {
        let plan = SessionPlan(
            protocolName: "greeting", version: 2, members: [.init(try Party("a"), role: "label")],
            dimensions: ["rows": 4, "columns[a]": 2], runs: [.init("train", count: 3, dimensions: ["rows": 1])])
        #expect(try SessionPlan(decoding: plan.encoded) == plan)
        #expect(throws: SpecificationError.self) { try SessionPlan(decoding: plan.encoded + [0]) }
    }
}
