import Documents
import Jobs
import Testing

private let trial = """
    name: trial
    parties:
      shop: {role: label}
      phone: {role: feature}
    align: {key: id}
    label: y
    columns: {shop: [age], phone: [calls]}
    model: {kind: mlp, source: {width: 2}, hidden: [4]}
    train: {epochs: 2}

    """

private let section = """
    local-updates:
      workset: 3
      reuse: 4
      max-angle: 90
    """

private let yaml = trial + section

@Suite struct LocalUpdatesReaderTests {
    private func job(_ text: String = yaml, _ overrides: String...) throws -> Job {
        try Job(Document(yaml: text, file: "job.yaml", overrides: overrides))
    }

    // MARK: - Job files

    @Test func withoutTheSectionThereAreNone() throws {
        #expect(try job(trial).localUpdates == nil)
    }

    @Test(arguments: [("blind", false), ("none", true)])
    func everyFieldHasADefault(protection: String, overlaps: Bool) throws {
        let updates = try #require(
            try job(yaml, "local-updates={}", "protection=\(protection)").localUpdates)
        #expect(updates.workset == 5 && updates.reuse == 5 && updates.maxAngle == 60)
        #expect(updates.replay == .label && updates.overlaps == overlaps)
    }

    @Test func fieldsAreRead() throws {
        let updates = try #require(try job().localUpdates)
        #expect(updates.workset == 3 && updates.reuse == 4 && updates.maxAngle == 90)
    }

    @Test(arguments: Job.LocalUpdates.Replay.allCases)
    func whatIsReplayedUnderProtection(replay: Job.LocalUpdates.Replay) throws {
        #expect(try job(yaml, "local-updates.replay=\(replay)").localUpdates?.replay == replay)
    }

    @Test(arguments: [true, false]) func whetherStepsOverlapWithoutProtection(overlaps: Bool) throws {
        let updates = try job(yaml, "protection=none", "local-updates.overlap=\(overlaps)").localUpdates
        #expect(updates?.overlaps == overlaps)
    }

    @Test(arguments: [("workset", [1, 64]), ("reuse", [1, 64]), ("max-angle", [1, 60, 90, 180])])
    func limitsAreWithin(field: String, values: [Int]) throws {
        for value in values { #expect(try job(yaml, "local-updates.\(field)=\(value)").localUpdates != nil) }
    }

    @Test(arguments: [
        ("blind", "workset: 3", "workset: 0", 11, "workset"),
        ("blind", "workset: 3", "workset: 65", 11, "workset"),
        ("blind", "workset: 3", "workset: many", 11, "workset"),
        ("none", "reuse: 4", "reuse: 0", 12, "reuse"),
        ("none", "reuse: 4", "reuse: 65", 12, "reuse"),
        ("blind", "max-angle: 90", "max-angle: 0", 13, "max-angle"),
        ("blind", "max-angle: 90", "max-angle: 91", 13, "max-angle"),
        ("none", "max-angle: 90", "max-angle: 100", 13, "max-angle"),
        ("none", "max-angle: 90", "max-angle: 181", 13, "max-angle"),
        ("none", "max-angle: 90", "max-angle: 90\n  replay: label", 14, "replay"),
        ("blind", "max-angle: 90", "max-angle: 90\n  replay: everything", 14, "replay"),
        ("blind", "max-angle: 90", "max-angle: 90\n  overlap: true", 14, "overlap"),
        ("none", "max-angle: 90", "max-angle: 90\n  overlap: maybe", 14, "overlap"),
        ("blind", "max-angle: 90", "max-angle: 90\n  colour: red", 14, "colour"),
        ("none", "workset: 3", "colour: red", 11, "colour"),
    ])
    func problemsNameFileLineAndField(
        protection: String, original: String, replacement: String, line: Int, field: String
    ) throws {
        #expect(yaml.contains(original))
        let error = #expect(throws: DocumentError.self) {
            try job(yaml.replacing(original, with: replacement), "protection=\(protection)")
        }
        #expect(error?.file == "job.yaml")
        #expect(error?.line == line)
        #expect(error?.field == "local-updates.\(field)")
    }

    // MARK: - Jobs that came from elsewhere

    @Test(arguments: ["blind", "none"]) func whatTheReaderTakesIsValid(protection: String) throws {
        #expect(try job(yaml, "protection=\(protection)").invalidities == [])
    }

    @Test(arguments: [0, 65]) func worksetAndReuseAreHeldToTheSameLimits(value: Int) throws {
        var job = try job()
        job.localUpdates?.workset = value
        job.localUpdates?.reuse = value
        #expect(
            job.invalidities == [
                "the job's local-updates.workset must be 1 to 64", "the job's local-updates.reuse must be 1 to 64",
            ])
    }

    @Test(arguments: [-1, 0, 91, 179, 181]) func soAreAngles(degrees: Int) throws {
        var job = try job()
        job.localUpdates?.maxAngle = degrees
        #expect(job.invalidities == ["the job's local-updates.max-angle must be 1 to 90, or 180"])
    }

    @Test func replayIsOnlyChosenUnderProtectionAndOverlapOnlyWithout() throws {
        let sentence = "the job's local-updates must not choose replay without protection, nor overlap under it"
        var unprotected = try job(yaml, "protection=none")
        unprotected.localUpdates?.replay = .shares
        #expect(unprotected.invalidities == [sentence])
        var protected = try job()
        protected.localUpdates?.overlaps = true
        #expect(protected.invalidities == [sentence])
    }
}
