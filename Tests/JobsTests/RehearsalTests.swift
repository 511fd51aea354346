import AuditedFederation
import Coordination
import Foundation
import Jobs
import Link
import Specification
import Testing

/// What a job will take, before it is run.
@Suite struct RehearsalTests {
    private func demand(
        _ party: Party, columns: Int, numbers: Double, ones: Double, fields: Int = 0, tableRows: Int = 0,
        power: Double = 1000, ids: Int = 50_000
    ) -> PartyDemand {
        PartyDemand(
            party: party, ids: ids, sortSeconds: 0.5, columns: columns, numbers: numbers, ones: ones, fields: fields,
            tableRows: tableRows, towerColumns: 0, peakMemoryBytes: 100, diskBytes: 10, power: power)
    }

    /// A job of two parties: the label party's three columns become 41, two of them by their texts.
    private func job(_ overrides: [String] = []) throws -> (Job, [Party: PartyDemand]) {
        let own = try TemporaryFolder()
        let path = own.path + "/job.yaml"
        try """
        name: loans
        parties: {bank: {role: label}, shop: {role: feature}}
        align: {key: id}
        label: late
        columns: {bank: [age, town, job], shop: [a, b]}
        model: {kind: logistic}
        train: {epochs: 2, batch: 100}
        evaluate: {test: 0.25}

        """.write(toFile: path, atomically: true, encoding: .utf8)
        let (bank, shop) = try (Party("bank"), Party("shop"))
        return (
            try Job(path: path, overrides: overrides),
            [
                bank: demand(bank, columns: 41, numbers: 1, ones: 2),
                shop: demand(shop, columns: 2, numbers: 2, ones: 0),
            ]
        )
    }

    /// Runs that took a constant, and so much for each row and round, tell exactly what other rows and rounds take.
    @Test func linesAreDrawnOut() throws {
        let (job, demands) = try job()
        let rehearsal = Rehearsal(job, rows: 50_000, demands: demands)
        var done: [(run: Rehearsal.Run, report: Report)] = []
        while let run = rehearsal.next(after: done) { done.append((run, report(of: run.madeUp, demands))) }
        #expect(done.map(\.run.madeUp.job.protection) == [.blind, .blind, .none, .none])
        #expect(done.map(\.run.madeUp.rows).last == 16_384)
        let forecast = rehearsal.forecast(done, machines: [job.parties], power: nil)
        #expect(forecast.rows == 50_000)
        #expect(forecast.rounds == 2 * 375 + 125)
        #expect(abs(forecast.seconds.align - (1e-4 * 50_000 + 0.5)) < 1e-6)
        #expect(abs(forecast.seconds.train - (0.3 + 0.2 * 750)) < 1e-6)
        #expect(abs(forecast.seconds.evaluate - 0.05 * 125) < 1e-6)
        // Keys are of the runs under protection, what goes with rows of those in the clear.
        #expect(abs(forecast.seconds.other - (3 + 2e-5 * 50_000)) < 0.1)
        #expect(forecast.peakMemoryBytes.values.allSatisfy { $0 == 100 })
    }

    /// As ``linesAreDrawnOut()`` expects.
    private func report(of madeUp: MadeUpJob, _ demands: [Party: PartyDemand]) -> Report {
        let isBlind = madeUp.job.protection == .blind
        let reports = madeUp.job.parties.map { party in
            var report = PartyReport(
                party: party, role: madeUp.job.member(party)?.role.rawValue ?? "", rows: madeUp.rows, columns: 1,
                certificate: "", transcript: .init(file: "", frames: 0, root: ""))
            report.seconds.align = 1e-4 * Double(madeUp.rows)
            report.seconds.train = isBlind ? 0.3 + 0.2 * Double(madeUp.rounds.train) : 0.01
            report.seconds.evaluate = (isBlind ? 0.05 : 0.001) * Double(madeUp.rounds.measure)
            let other = (isBlind ? 3 : 0.2) + 2e-5 * Double(madeUp.rows)
            report.seconds.total = report.seconds.align + report.seconds.train + report.seconds.evaluate + other
            report.processorSeconds = party.name == "bank" ? 3 : 1
            return report
        }
        return Report(
            job: madeUp.job.name, hash: "", model: "", protection: "", keys: .init(bits: 0, scheme: ""), leakage: [],
            holdings: [], reports: reports)
    }

    /// Parties on machines of their own work at the same time: the one with most to do decides, as fast as its machine is.
    @Test func machinesOfTheirOwn() throws {
        var (job, demands) = try job()
        let (bank, shop) = try (Party("bank"), Party("shop"))
        demands[bank]?.power = 2000
        let rehearsal = Rehearsal(job, rows: 50_000, demands: demands)
        var done: [(run: Rehearsal.Run, report: Report)] = []
        while let run = rehearsal.next(after: done) { done.append((run, report(of: run.madeUp, demands))) }
        let here = rehearsal.forecast(done, machines: [[bank, shop]], power: nil).seconds.train
        let together = rehearsal.forecast(done, machines: [[bank, shop]], power: 1000).seconds.train
        let apart = rehearsal.forecast(done, machines: [[bank], [shop]], power: 1000).seconds.train
        // One machine is as fast as its slowest part says; the bank's own does three quarters of the work at twice the speed.
        #expect(abs(together / here - 1) < 1e-9)
        #expect(abs(apart / here - 0.375 * 1.25) < 1e-9)
    }

    /// Fewer rows than would be rehearsed with: one run of each kind is enough.
    @Test func fewRows() throws {
        var (job, demands) = try job(["train.batch=65536"])
        for party in demands.keys { demands[party]?.ids = 300 }
        let rehearsal = Rehearsal(job, rows: 300, demands: demands)
        var done: [(run: Rehearsal.Run, report: Report)] = []
        while let run = rehearsal.next(after: done) { done.append((run, report(of: run.madeUp, demands))) }
        #expect(done.map(\.run.madeUp.rows) == [300, 300])
        job.protection = .none
        #expect(
            Rehearsal(job, rows: 300, demands: demands).next(after: [])?.madeUp.job.protection == Job.Protection.none)
    }

    /// A party that has the made-up rows says of them what the real party said of its own.
    @Test(arguments: [
        [], ["model={kind: wide-deep}"], ["model={kind: dlrm}"], ["model={kind: logistic}"],
    ]) func madeUpRowsHaveTheShape(overrides: [String]) throws {
        let federation = try MadeUpFederation(features: 1, categories: ["shop0", "phone1"])
        let served = try ServedFederation(federation)
        defer { served.stop() }
        let job = try federation.job(overrides + ["train.batch=64"])
        let desk = served.desk(for: job)
        let proposal = try desk.controller.prepare()
        _ = try desk.controller.propose(proposal)
        let demands = try desk.controller.measure(proposal)
        #expect(Set(demands.keys) == Set(job.parties))
        #expect(demands.values.allSatisfy { $0.power > 0 && $0.columns > 0 && $0.peakMemoryBytes > 10 << 20 })

        let run = try #require(
            Rehearsal(proposal.effective.job, rows: 400, demands: demands).next(after: [])?.madeUp)
        #expect(run.rows > 80)
        for file in served.files {
            let own = try TemporaryFolder()
            try run.sheet(of: file.name).write(toFile: own.path + "/data.csv", atomically: true, encoding: .utf8)
            var madeUp = file
            madeUp.data = PartyFile.DataSource(
                name: "data", rows: .csv(file: own.path + "/data.csv"), key: ["id"], types: [:])
            let shape = try OwnShape(run.job, Dataset(madeUp.data, in: file.space).table, of: file.name)
            let demand = try #require(demands[file.name])
            #expect(shape.fields == demand.fields)
            #expect(abs(shape.columns - demand.columns) <= max(2, demand.columns / 10), "\(file.name)")
            #expect(abs(shape.numbers - demand.numbers.rounded(.up)) <= 1)
            #expect(abs(shape.ones - demand.ones) <= 1)
        }
    }

    /// A job that was not proposed, and one that the policy refuses, are not measured.
    @Test func onlyWhatThePolicyAllows() throws {
        let federation = try MadeUpFederation(features: 1)
        let served = try ServedFederation(federation)
        defer { served.stop() }
        let desk = served.desk(for: try federation.job(["protection=none"]))
        let proposal = try desk.controller.prepare()
        #expect {
            try desk.controller.measure(proposal)
        } throws: {
            "\($0)".contains("not proposed here")
        }
        _ = try desk.controller.propose(proposal)
        _ = try desk.controller.measure(proposal)
        let path = try #require(served.files.last?.path)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacingOccurrences(of: "[blind, none]", with: "[blind]")
            .write(toFile: path, atomically: true, encoding: .utf8)
        #expect {
            try desk.controller.measure(proposal)
        } throws: {
            "\($0)".contains("policy-refused")
        }
    }
}
