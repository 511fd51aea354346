import Foundation
import Scratch
import Testing

@Suite struct SpoolTests {
    private func folder() throws -> String {
        let path = NSTemporaryDirectory() + "colonnade-scratch-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Numbers of random lengths, and where they were put.
    private func fill(_ writer: inout SpoolWriter, pieces: Int) throws -> [(place: Int, numbers: [UInt32])] {
        var generator = SystemRandomNumberGenerator()
        return try (0..<pieces).map { _ in
            let numbers = (0..<Int.random(in: 0...9, using: &generator)).map { _ in generator.next() as UInt32 }
            return (try writer.append(numbers), numbers)
        }
    }

    @Test(arguments: [0, 100, 1 << 20])
    func whatWasWrittenIsRead(share: Int) throws {
        var writer = SpoolWriter(in: WorkingSpace(), share: share)
        let pieces = try fill(&writer, pieces: 5000)
        let spool = try writer.finish()
        #expect(spool.isOnDisk == (spool.count > share))
        #expect(spool.count == pieces.reduce(0) { $0 + 4 * $1.numbers.count })
        for piece in pieces.shuffled() {
            #expect(try spool.numbers(piece.numbers.count, at: piece.place) == piece.numbers)
        }
    }

    @Test func filesOfManyPiecesAreReadBack() throws {
        var writer = SpoolWriter(in: WorkingSpace(), share: 1 << 16)
        let block = (0..<UInt64(1 << 14)).map { $0 &* 0x9E37_79B9_7F4A_7C15 }
        for shift in UInt64(0)..<40 { try writer.append(block.map { $0 ^ shift }) }
        let spool = try writer.finish()
        for shift in [UInt64(39), 0, 17] {
            #expect(try spool.numbers(1 << 14, at: Int(shift) << 17) == block.map { $0 ^ shift })
        }
    }

    @Test func nothingIsLeftInTheFolder() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var writer = SpoolWriter(in: WorkingSpace(folder: folder), share: 10)
        _ = try fill(&writer, pieces: 100)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        let spool = try writer.finish()
        // Nor is the folder needed any more.
        try FileManager.default.removeItem(atPath: folder)
        #expect(try spool.isOnDisk && !spool.numbers(8, at: 0, as: UInt8.self).isEmpty)
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        let folder = "/proc/colonnade/none"
        var writer = SpoolWriter(in: WorkingSpace(folder: folder), share: 2)
        #expect(throws: ScratchError.file(folder: folder, problem: "No such file or directory")) {
            try writer.append([UInt8](repeating: 1, count: 3))
        }
    }

    @Test func whatCannotFitIsNotBegun() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var writer = SpoolWriter(in: WorkingSpace(folder: folder), share: 2)
        writer.expected = 1 << 60
        let error = #expect(throws: ScratchError.self) { try writer.append([UInt8](repeating: 1, count: 3)) }
        guard case .full(folder, 1 << 60, let free)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(free > 0 && free < 1 << 60)
        #expect(error?.description.contains("\(folder): rows that do not fit into memory need about") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
}
