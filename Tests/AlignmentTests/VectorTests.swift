import Alignment
import Cryptography
import ProtocolTesting
import Specification
import Testing

/// A run that `make_vectors.py` computes by itself, in plain integers, and what the README says of all runs.
@Suite struct VectorTests {
    private let payloads = [
        "blinded":
            "70c4255b3b738cf20eea7c69775d06ef584d3c3c98414b12850ce5a890dd8328"
            + "1c50c6316943588f4d1b796a7dccfd19455f7e8707eb24f8323e2a3868993726"
            + "a445a5218e95096b2278af37473d74caf8083f29f8e07fc897ecda06a6cd7a3c"
            + "5a0b741c3cbc27d74490001e5d802452fb152fbcf51272e01225ac4daf5c9549",
        "evaluated":
            "8a076475ce2d1f9ddc93959ad021920411505d14372d65e18b2632461a72eb1a"
            + "45e46e5443e4d29e37836f5869bc18b5243fc7e2e67283f2ce912ac0ca927955"
            + "680b5422b9b93781a04999d3781bf91bf1baeb8c9be1225d75ead18a2b7cd857"
            + "abd218357b244278c29ebae70b0589bb51e5f8d8bc3ca91159cc93b823626805",
        "tags": "9695925e52881dd6901ee6f9208b8f5ddc1572b38a244272cb4b3d8dc271ab4a193e73ec76621cc2",
        "selected": "06",
    ]

    @Test func everyFrame() throws {
        var federation = try Federation([
            ["AA 1", "AA 2", "AA 3", "AA 4"], ["AA 4", "AA 9", "AA 2", "AA 7", "AA 5"],
        ])
        federation.seed = "vector"
        let outcome = try federation.run()
        let bucket = outcome.crossings.filter { $0.frame.header.phase != "open" }
        #expect(bucket.count == payloads.count)
        for crossing in bucket {
            #expect(crossing.frame.payload.hexadecimal == payloads[crossing.frame.header.step])
        }
        #expect(outcome.rows[federation.parties[0]] == [1, 3])
        #expect(outcome.rows[federation.parties[1]] == [2, 0])
    }

    @Test func theReadmeHasTheSpecificationsTable() throws {
        #expect(try Readme.text(of: "Alignment").contains(Readme.table(of: AlignmentProtocol.specification)))
    }
}
