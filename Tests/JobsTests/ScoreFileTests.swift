import Documents
import Jobs
import Specification
import Testing

@Suite struct ScoreFileTests {
    private func job(key: String) throws -> Job {
        let yaml = """
            name: a
            parties: {bank: {role: label}, shop: {role: feature}}
            align: {key: \(key)}
            label: y
            model: {kind: logistic}
            train: {epochs: 1}
            """
        return try Job(Document(yaml: yaml, file: "job.yaml"))
    }

    private func text(_ file: ScoreFile) -> String { String(decoding: file.bytes, as: UTF8.self) }

    @Test func idsAreQuotedWhereTheyMustBe() throws {
        let file = try ScoreFile(
            job: job(key: "[name, \"the, day\"]"), ids: [["Ann \"A\"", "1"], ["Bob, B", "2"], ["Cy", "3"]],
            scores: [0.25, 0.5, 1], classes: [])
        #expect(file.rows == 3)
        #expect(
            text(file) == """
                name,"the, day",prediction
                "Ann ""A""\",1,0.25
                "Bob, B",2,0.5
                Cy,3,1.0

                """)
    }

    @Test func theMostProbableClassComesFirst() throws {
        let file = try ScoreFile(
            job: job(key: "id"), ids: [["a"], ["b"]], scores: [0.25, 0.75, 0.5, 0.5], classes: ["no", "yes"])
        #expect(
            text(file) == """
                id,prediction,probability of no,probability of yes
                a,yes,0.25,0.75
                b,no,0.5,0.5

                """)
    }

    @Test func everyRowHasItsScores() throws {
        let job = try job(key: "id")
        #expect(throws: (any Error).self) { try ScoreFile(job: job, ids: [["a"], ["b"]], scores: [1], classes: []) }
    }
}

@Suite struct EstimateTests {
    private func job(_ model: String, _ more: String = "") throws -> Job {
        let yaml = """
            name: a
            parties: {bank: {role: label}, shop: {role: feature}, phone: {role: feature}}
            columns: {bank: [age, region], shop: [visits, channel], phone: [calls]}
            align: {key: id}
            label: y
            model: \(model)
            train: {epochs: 2, batch: 64}
            \(more)
            """
        return try Job(Document(yaml: yaml, file: "job.yaml"))
    }

    @Test func embeddingsCostWhatTheyCost() throws {
        let parties = try ["bank", "shop", "phone"].map { try Party($0) }
        let texts = [parties[0]: 1, parties[1]: 1, parties[2]: 0]
        let plain = try Estimate(job("{kind: mlp, source: {width: 8}}"), rows: 1000, texts: texts)
        let deep = try Estimate(job("{kind: dlrm}"), rows: 1000, texts: texts)
        #expect(plain.rounds == deep.rounds && plain.rounds == 2 * 12 + 4)
        #expect(!plain.leavesOutTables && deep.leavesOutTables)
        // At 3072 bits the derivative alone takes more than eight ciphertexts a row.
        #expect(deep.bytes > plain.bytes + 2 * 750 * 8 * 768)
        let open = try Estimate(job("{kind: dlrm}", "protection: none"), rows: 1000, texts: texts)
        #expect(!open.leavesOutTables && open.bytes < plain.bytes)
    }

    @Test func countedBinsCostAnEncryptedLabelARow() throws {
        let plain = try Estimate(job("{kind: logistic}"), rows: 1000)
        let counted = try Estimate(job("{kind: logistic}", "select: {min-iv: 0.02}"), rows: 1000)
        #expect(counted.bytes - plain.bytes == 2 * 750 * 768)
    }
}
