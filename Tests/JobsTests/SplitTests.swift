import AuditedFederation
import Auditing
import Coordination
import Documents
import Jobs
import Link
import Specification
import Testing
import Transcript

/// Rows by order, time, group and column: the same at all parties, whoever has the column.
@Suite struct SplitTests {
    private static let rows = 120

    private static func day(_ row: Int) -> String {
        "2025-\(row * 7 % 12 < 9 ? "0" : "")\(row * 7 % 12 + 1)-\(row * 5 % 28 < 9 ? "0" : "")\(row * 5 % 28 + 1)"
    }

    /// Two parties; `day` and `shop` are in the key where asked for, else at the label party alone.
    private static func tables(sharing shared: Bool) throws -> OwnTables {
        let label = (0..<rows).map { row in
            "row-\(row),\(day(row)),shop-\(row % 13),\(row % 4 == 0 ? "late" : row % 4 == 1 ? "mid" : "early"),"
                + "\(row % 2),\(row / 3 % 2),\((row * 31 + row / 7) % 5 < 2 ? 1 : 0)"
        }
        let feature = (0..<rows).reversed().map { row in
            "row-\(row),"
                + (shared
                    ? "\(day(row)),shop-\(row % 13),\(row % 4 == 0 ? "late" : row % 4 == 1 ? "mid" : "early")," : "")
                + "\(row / 7 % 2),\(row / 5 % 2)"
        }
        return try OwnTables([
            (["id,day,shop,part,x0,x1,y"] + label).joined(separator: "\n") + "\n",
            ([shared ? "id,day,shop,part,z0,z1" : "id,z0,z1"] + feature).joined(separator: "\n") + "\n",
        ])
    }

    private static let job = [
        "protection=none", "model={kind: logistic}", "train.epochs=2", "columns={shop: [x0, x1], phone: [z0, z1]}",
    ]

    /// As the same rows are measured, metrics are equal; the key only names rows, and gives them another order of batches, which a
    /// full batch does not feel.
    @Test(arguments: [
        "{by: time, column: day, validation: 0.2, test: 0.25}", "{by: group, column: shop, validation: 0.2, test: 0.3}",
        "{by: column, column: part, validation: mid, test: [late]}",
    ]) func whoeverHasTheColumnTheSplitIsOne(split: String) throws {
        let overrides = Self.job + ["train.batch=1000", "evaluate.split=\(split)"]
        let announced = try Self.tables(sharing: false).run(overrides)
        #expect(announced.report.metrics?.auc != nil && announced.report.validation?.auc != nil)
        #expect(abs((announced.report.metrics?.logloss ?? 0) - (announced.colocated.logloss ?? 1)) < 0.05)
        // A group's part depends on the job's row seed, and that on the key.
        guard !split.contains("group") else { return }
        let shared = try Self.tables(sharing: true).run(overrides, key: ["id", "day", "shop", "part"])
        #expect(shared.report.aligned == announced.report.aligned)
        for (one, other) in [
            (announced.report.metrics, shared.report.metrics), (announced.report.validation, shared.report.validation),
        ] { #expect(abs((one?.logloss ?? 0) - (other?.logloss ?? 1)) < 1e-6) }
    }

    @Test func aTranscriptSaysWhatRowsAreForAndIsVerified() throws {
        let tables = try Self.tables(sharing: false)
        let run = try tables.run(Self.job + ["evaluate.split={by: time, column: day, validation: 0.2, test: 0.25}"])
        let paths = run.report.transcripts.values.map(\.file)
        let verification = Verification(of: paths, against: Software.conventions)
        #expect(verification.verdict == .accepted, "\(verification.findings)")
        let records = try [TranscriptRecord](path: paths[0])
        let frames = records.compactMap(\.frame).filter { $0.header.protocolName == "course" }
        #expect(frames.map(\.header.step) == ["P1"] && frames.map(\.length) == [Self.rows / 4])
    }

    private func reading(_ overrides: String...) throws -> Job {
        let yaml = """
            name: x
            parties: {a: {role: label}, b: {role: feature}}
            align: {key: [id, day]}
            label: y
            model: {kind: logistic}
            train: {epochs: 3, batch: 16}
            """
        return try Job(Document(yaml: yaml, file: "job.yaml", overrides: overrides))
    }

    @Test func randomRowsFollowTheCommonOrder() throws {
        let job = try reading("evaluate.split={by: random, validation: 0.1, test: 0.2}")
        let schedule = Schedule(job: job, rows: 100)
        #expect(Array(schedule.testRows) == Array(0..<20) && Array(schedule.validationRows) == Array(20..<30))
        #expect(Array(schedule.trainRows) == Array(30..<100))
        #expect(try Schedule(job: reading("evaluate.test=0.2"), rows: 100).testRows == schedule.testRows)
    }

    @Test(arguments: [
        ("evaluate.split={test: 0.2}", "by"), ("evaluate.split={by: time, test: 0.2}", "column"),
        ("evaluate.split={by: time, column: day, test: late}", "decimal"),
        ("evaluate.split={by: random, validation: 0.5, test: 0.5}", "leave rows"),
        ("evaluate.split={by: column, column: y, test: a}", "label"),
        ("evaluate.split={by: column, column: p, test: a, validation: [a, b]}", "same text"),
        ("evaluate={test: 0.2, split: {by: random, test: 0.2}}", "says already"),
        ("train.early-stopping={metric: auc}", "validation rows"),
    ]) func whatIsNoSplitIsRefused(override: String, expected: String) {
        do {
            _ = try reading(override)
            Issue.record("\(override) was read")
        } catch { #expect("\(error)".contains(expected), "\(error)") }
    }
}
