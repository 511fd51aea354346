import AuditedFederation
import Coordination
import Foundation
import Jobs
import Link
import Specification
import Testing

/// Jobs on what programs of the previous version left, and jobs with coordinators and parties of that version: services in memory.
@Suite(.timeLimit(.minutes(2))) struct PreviousJobsTests {
    // MARK: - Files of the previous version

    /// The last checkpoint of a training is after its last round: what is left is to measure.
    @Test(arguments: ["plain", "blind"]) func trainingsGoOnFromCheckpoints(name: String) throws {
        let previous = try PreviousFederation()
        let served = try ServedFederation(previous.files)
        let record = try previous.record(of: name)
        guard case .done(let report) = record.state else {
            Issue.record("\(name) is not done")
            return
        }
        let encoded = Array(try #require(record.effective).utf8)
        let effective = try EffectiveJob(decoding: encoded)
        let controller = served.desk(for: effective.job).controller
        let proposal = try controller.prepare(again: effective, encoded: encoded)
        #expect(proposal.hash == record.hash)
        let reports = try controller.run(proposal, attempt: controller.propose(proposal), resumes: true) { _, _ in }
        served.stop()
        for report in reports {
            #expect(
                report.notes.contains { $0.hasPrefix("training goes on after round 9, from checkpoints of attempt 0") })
        }
        let (found, expected) = (try #require(reports.compactMap(\.metrics).first), try #require(report.metrics))
        if name == "plain" { #expect(found == expected) }
        #expect(abs(try #require(found.logloss) - #require(expected.logloss)) < 1e-4)
    }

    @Test(arguments: ["plain", "blind"]) func modelsScore(name: String) throws {
        let previous = try PreviousFederation()
        let served = try ServedFederation(previous.files)
        let record = try previous.record(of: name)
        var job = try EffectiveJob(decoding: Array(try #require(record.effective).utf8)).job
        job.predict = record.id
        let controller = served.desk(for: job).controller
        let proposal = try controller.prepare()
        // A person at the bank approves every job.
        #expect(throws: ControlError.self) { try controller.propose(proposal) }
        try Approvals(state: #require(served.files.last).state).decide(proposal.hash, .approved)
        let reports = try controller.run(proposal, attempt: controller.propose(proposal)) { _, _ in }
        served.stop()
        // On top of what the earlier jobs opened: 3 + 3 + 4 openings of 2 out of 4 columns.
        #expect(reports.compactMap(\.exposure?.ratio) == [5.5, 5.5])
        let scores = try #require(reports.compactMap(\.scores).first)
        #expect(scores.rows == 72)
        let lines = try String(contentsOfFile: scores.file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 73)
    }

    // MARK: - Programs of the previous version

    private func job(_ federation: MadeUpFederation, _ name: String, _ overrides: [String] = []) throws -> Job {
        try federation.job(["name=\(name)", "train.epochs=1"] + overrides)
    }

    /// With one party that has no queue and speaks earlier protocols, and with parties that have none all together: then every party
    /// hears of a job as from a coordinator of the previous version.
    @Test(arguments: [["protection=none"], []], [1, 3]) func jobsRunWithPartiesOfThePreviousVersion(
        overrides: [String], count: Int
    ) throws {
        let federation = try MadeUpFederation(features: 2)
        let served = try ServedFederation(federation)
        let job = try job(federation, "mixed", overrides)
        let desk = served.desk(for: job, previous: Set(served.parties.suffix(count)))
        let proposal = try desk.controller.prepare()
        #expect(proposal.effective.protocols.filter { $0.name == "key-exchange" }.map(\.version) == [1])
        let reports = try served.run(job, on: desk)
        #expect(reports.count == 3)
        for file in served.files { #expect(try served.jobs(at: file.name).map(\.state) == [.done]) }
        // The same job among programs of this version is another one, by its hash.
        #expect(try served.desk(for: job).controller.prepare().hash != proposal.hash)
        served.stop()
    }

    /// Who cannot wait is told so, and nothing stays behind.
    @Test func aCoordinatorWithoutAQueueIsToldThatAPartyIsBusy() throws {
        let federation = try MadeUpFederation(features: 1)
        let served = try ServedFederation(federation) { $0.quotas.atOnce = 1 }
        let long = try job(federation, "long", ["protection=none", "train.epochs=5000", "train.checkpoint=1000"])
        let late = try job(federation, "late", ["protection=none"])
        let first = served.desk(for: long)
        let outcomes = Threads.run([0, 1]) { role -> Void in
            if role == 0 {
                #expect(throws: ControlError.self) { try served.run(long, on: first) }
                return
            }
            while try served.jobs(at: served.parties[1]).first?.state != .running { usleep(20_000) }
            do {
                _ = try served.run(late, on: served.desk(for: late, previous: Set(served.parties)))
                Issue.record("it ran")
            } catch ControlError.failed(let failure) {
                #expect(failure.reason == "busy")
                #expect(failure.detail?.contains("the coordinator's program is too old to wait") == true)
            }
            first.disappear()
        }
        for outcome in outcomes.values { try outcome.get() }
        for file in served.files {
            while try served.jobs(at: file.name).contains(where: { !$0.state.hasEnded }) { usleep(20_000) }
        }
        _ = try served.run(late, on: served.desk(for: late, previous: Set(served.parties)))
        served.stop()
    }

    /// Parties of the previous version keep no checkpoints where training may stop early: all begin anew.
    @Test func whatMayStopEarlyBeginsAnew() throws {
        let federation = try MadeUpFederation(features: 1)
        let served = try ServedFederation(federation)
        let job = try job(
            federation, "early",
            [
                "protection=none", "evaluate.split={by: random, validation: 0.2, test: 0.25}", "train.epochs=3",
                "train.early-stopping={metric: logloss, patience: 1}",
            ])
        for previous in [[], Set(served.parties.suffix(1)), Set(served.parties)] {
            let controller = served.desk(for: job, previous: previous).controller
            let proposal = try controller.prepare()
            _ = try controller.run(proposal, attempt: controller.propose(proposal)) { _, _ in }
            let reports = try controller.run(proposal, attempt: controller.propose(proposal), resumes: true) { _, _ in }
            let wentOn = reports.filter { $0.notes.contains { $0.hasPrefix("training goes on") } }
            #expect(wentOn.count == (previous.isEmpty ? 2 : 0))
        }
        served.stop()
    }

    /// What a job needs and a party does not speak is named, with who has to do what; what it does not need is nothing to it.
    @Test func protocolsThatDifferAreNamed() throws {
        let federation = try MadeUpFederation(features: 1)
        let served = try ServedFederation(federation) { $0.policy.statistics.correlations = 100 }
        let feature = served.parties[1]
        let job = try job(federation, "correlated", ["protection=none", "select={max-vif: 10}"])
        #expect {
            _ = try served.desk(for: job, previous: [feature]).controller.prepare()
        } throws: { error in
            (error as? ControlError)?.causes == [
                "\(feature) (\(Software.version)) speaks correlation version none, this coordinator (\(Software.version)) version 1, "
                    + "and the job needs it: update \(feature)'s program"
            ]
        }
        served.stop()
    }

    /// A message of a later version gets a sentence, and the talk goes on.
    @Test func aMessageOfALaterVersionIsAnswered() throws {
        let federation = try MadeUpFederation(features: 1)
        let served = try ServedFederation(federation)
        let job = try job(federation, "asked")
        let desk = served.desk(for: job)
        let link = desk.network.link(of: desk.coordinator, to: served.parties[0])
        try link.send(Array(#"{"hint":{"_0":3}}"#.utf8))
        let control = ControlLink(link)
        guard case .failed(let failure) = try control.receive(Wait("an answer", seconds: 20)) else {
            Issue.record("no failure")
            return
        }
        #expect(failure.party == served.parties[0] && failure.reason == "version-mismatch")
        #expect(failure.detail?.contains("does not know the message 'hint'") == true)
        try control.send(.describe)
        guard case .description(let description) = try control.receive(Wait("an answer", seconds: 20)) else {
            Issue.record("no description")
            return
        }
        #expect(description.hasQueue)
        // What no message would be called, and more than one, ends the talk.
        for text in [#"{"a b":{}}"#, #"{"one":{},"two":{}}"#] {
            #expect(throws: DecodingError.self) { try ControlMessage(decoding: Array(text.utf8)) }
        }
        desk.disappear()
        served.stop()
    }
}
