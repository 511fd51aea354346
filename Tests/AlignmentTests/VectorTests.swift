import Alignment
import Cryptography
import Specification
import Testing

/// A run that `make_vectors.py` computes by itself, in plain integers: every byte that crosses the link.
@Suite struct VectorTests {
    private let leaderIDs = ["AA 1", "AA 2", "AA 3", "AA 4"]
    private let memberIDs = ["AA 4", "AA 9", "AA 2", "AA 7", "AA 5"]
    /// Payloads in hexadecimal, an entry a line.
    private let payloads = [
        "leader-count": ["0000000000000004"],
        "member-count": ["0000000000000005"],
        "leader-points": [
            "b2931b82c86ef2509103f7041e4e23e55d80ce04c18287aa07f7244f1c533461",
            "fc711d361ad6153566277848e02415d72a9a638acec68bc7b02fb6d7d9525120",
            "75f46b2af3a85803671aa9df4366c2951f5f2ef6ecabac60c79134c464fd7871",
            "0c08f6b7821870fb0f01a854a82290fccdfc67af11ba2ec95d683aa79a388629",
        ],
        "member-points": [
            "fd96511cceda1284610e28842d0d7a225768d97305d44975d9ba9a1a49a17526",
            "1072b1abb5d564f30851d0536ebf513bb1e6d95d088204bcf1325bb09c5e0a49",
            "1ef3b432872d58e35217dc2fe8bd8fa72aac0a1287b2a55ae8d5a0a8dc59a20b",
            "bc9a4feb034b5f3ef60c46f4ef69862cbc7c8e958368b6016af1f9ccc8a5f932",
            "747417549f3a072405c6da3ec71476ba117ba8d64fb8139033934fa063148c1c",
        ],
        "leader-tags": [
            "bb767721500c39123deaf5e7",
            "6d0cf4ce3de578f427e100ba",
            "1e25ddc9b20385f77b855702",
            "ef6b75f582dbb58fe457a207",
        ],
        "common": ["0a"],
    ]

    @Test func everyFrame() throws {
        var federation = try Federation([leaderIDs, memberIDs])
        federation.seed = "vector"
        let outcome = try federation.run()
        #expect(outcome.crossings.count == payloads.count)
        for crossing in outcome.crossings {
            #expect(crossing.frame.payload.hexadecimal == payloads[crossing.frame.header.step]?.joined())
        }
        #expect(outcome.rows[federation.parties[0]] == [3, 1])
        #expect(outcome.rows[federation.parties[1]] == [0, 2])
    }
}
