import AuditedFederation
import Auditing
import Specification
import Transcript

/// Masked shares that are not masked, in both parties' transcripts.
extension Mutation {
    static let shares = [
        words("shares that are all the same") { count, _ in
            [UInt64](repeating: 0x0123_4567_89AB_CDEF, count: count)
        },
        words("real numbers in place of shares") { count, noise in
            (0..<count).map { _ in Double.random(in: -1...1, using: &noise).bitPattern }
        },
        words("small numbers in place of shares") { count, noise in
            (0..<count).map { _ in UInt64(bitPattern: Int64.random(in: -1 << 40...1 << 40, using: &noise)) }
        },
        words("shares with masks that end early") { count, noise in
            (0..<count).map { _ in noise.next() & ~0xFFFF }
        },
        words("shares under one mask for all rows") { count, noise in
            let mask = noise.next()
            return (0..<count).map { _ in mask &+ UInt64.random(in: 0..<1 << 40, using: &noise) }
        },
    ]

    /// Other 64-bit numbers in all shares that one partner sends, or is sent.
    private static func words(
        _ name: String, _ draw: @escaping @Sendable (_ count: Int, inout Noise) -> [UInt64]
    ) -> Mutation {
        Mutation(name, .uniformity, of: .contents) { mutant in
            let frame = try mutant.records[mutant.pickFrame { $0.header.step == "F3" }].frame.orThrow("share")
            let frames = mutant.records.indices { $0.header.step == "F3" && $0.peer == frame.peer }
            for index in frames {
                let words = draw((mutant.records[index].frame?.length ?? 0) / 8, &mutant.noise)
                let bytes = words.flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
                try mutant.changeBoth(index) { $0.keep(bytes) }
            }
            mutant.expect(try frames.first.orThrow("share"))
        }
    }
}
