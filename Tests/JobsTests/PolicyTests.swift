import AuditedFederation
import Documents
import Foundation
import Jobs
import Specification
import Testing

/// What a policy allows, by its fields, and what it says where it does not.
@Suite struct PolicyTests {
    let federation: MadeUpFederation
    /// The second one of the parties.
    let phone: Party

    init() throws {
        federation = try MadeUpFederation(features: 2)
        phone = federation.parties[1]
    }

    /// As a party file has it.
    private func policy(_ fields: String) throws -> Policy {
        try PartyFile.reading("policy: \(fields)", name: "phone").policy
    }

    private func problem(_ fields: String) -> String? {
        do { _ = try policy(fields) } catch { return "\(error)" }
        return nil
    }

    /// Refusals of all kinds by `phone`, of a job that the other fields allow.
    private func refusals(
        _ fields: String, _ overrides: String..., rows: Int = 96, today: String = "2027-01-01", jobs: Int = 0
    ) throws -> [String] {
        let policy = try policy("{protections: [blind, none], min-key-bits: 2048, \(fields)}")
        let job = try federation.job(overrides)
        let member = try #require(job.member(phone))
        let occasion = Policy.Scope.Occasion(rows: rows, today: try #require(CalendarDay(today)), jobs: jobs)
        return policy.refusals(of: job, member, offered: ["phone0"])
            + policy.scope.refusals(of: job, member, on: occasion)
    }

    @Test func nothingIsLimitedByDefault() throws {
        #expect(try refusals("approve: ask", rows: 1_000_000_000, today: "9999-12-31", jobs: 1_000_000) == [])
    }

    @Test func partnersThatAreNotNamedAreRefused() throws {
        #expect(try refusals("partners: [shop, bank, other]") == [])
        #expect(
            try refusals("partners: [shop]") == ["partner 'bank' is not allowed; shop is (policy.partners)"])
        #expect(try refusals("partners: []").count == 2)
        #expect(problem("{partners: [Shop]}")?.contains("policy.partners") == true)
    }

    @Test func protocolsAreChosen() throws {
        let all = ["ecdh", "vole", "course", "bin-statistics", "correlation", "matmul", "embed-matmul", "unprotected"]
        #expect(Set(all).isSubset(of: Software.choices))
        for name in ["handshake", "resumption", "columns", "key-exchange", "seal", "alignment"] {
            #expect(!Software.choices.contains(name))
            #expect(problem("{protocols: [\(name)]}")?.contains("policy.protocols") == true)
        }
        #expect(try refusals("protocols: [ecdh, vole, matmul]") == [])
        #expect(try refusals("protocols: [ecdh, matmul]", "align.protocol=ecdh") == [])
        let open = try refusals("protocols: [ecdh, matmul]")
        #expect(
            open == [
                "protocol 'vole', which align.protocol: auto may run, is not allowed; ecdh, matmul are (policy.protocols)"
            ])
        #expect(try refusals("protocols: [ecdh, matmul]", "align.protocol=vole").count == 1)
        // Rows that were aligned before are not aligned by anything.
        #expect(try refusals("protocols: [matmul]", "align.reuse=0123456789ab-0") == [])
        let plain = try refusals("protocols: [ecdh, vole, matmul]", "protection=none")
        #expect(plain.count == 1 && plain[0].contains("'unprotected'"))
        #expect(
            try refusals(
                "protocols: [ecdh, vole, matmul]", "train.early-stopping={metric: auc}",
                "evaluate={split: {by: random, validation: 0.2, test: 0.2}, metrics: [auc]}"
            )
            .contains { $0.contains("'course'") })
    }

    @Test func kindsOfModelsAreChosen() throws {
        #expect(try refusals("models: [mlp]") == [])
        #expect(
            try refusals("models: [logistic, linear]")
                == ["model 'mlp' is not allowed; logistic, linear are (policy.models)"])
        #expect(problem("{models: [forest]}")?.contains("policy.models") == true)
    }

    @Test func rowsAreCounted() throws {
        #expect(try refusals("max-rows: 96") == [])
        #expect(
            try refusals("max-rows: 95")
                == [
                    "the job takes up to 96 rows from here; at most 95 are allowed: say align.sample (policy.max-rows)"
                ])
        #expect(try refusals("max-rows: 95", "align.sample=95") == [])
        #expect(try refusals("min-rows: 96") == [])
        #expect(try refusals("min-rows: 97")[0].contains("policy.min-rows"))
        #expect(try refusals("min-rows: 90", "align.sample=80")[0].contains("80"))
        #expect(problem("{min-rows: 10, max-rows: 9}")?.contains("policy.min-rows") == true)
        #expect(problem("{max-rows: 0}")?.contains("policy.max-rows") == true)
    }

    @Test func roundsAreThoseOfTheLargestSchedule() throws {
        // 96 rows, a quarter held back: 72 in batches of 16 are 5; three epochs.
        let job = try federation.job()
        #expect(job.mostRounds(of: 96, .feature) == 15)
        #expect(job.mostRounds(of: 96, .feature) == Schedule(job: job, rows: 96).trainRounds)
        #expect(try refusals("max-rounds: 15") == [])
        #expect(
            try refusals("max-rounds: 14")
                == ["the job trains for up to 15 rounds; at most 14 are allowed (policy.max-rounds)"])
        #expect(try refusals("max-rounds: 14", "align.sample=80") == [])
        #expect(try refusals("max-rounds: 14", "train.epochs=2") == [])
        // A column's texts may hold back nothing at all.
        let split = try federation.job([
            "evaluate={split: {by: column, column: shop0, test: ['1']}, metrics: [auc]}"
        ])
        #expect(split.mostRounds(of: 96, .feature) == 18)
        // Decoys are trained on, and the label party does not know how many rows they are among.
        let two = try MadeUpFederation().job(["align={key: id, result: label, decoys: 1, round-to: 8}"])
        #expect(two.mostRounds(of: 96, .feature) == 15)
        #expect(two.mostRounds(of: 96, .label) == Schedule(job: two, rows: 200).trainRounds)
    }

    @Test func aDayIsTheLast() throws {
        #expect(try refusals("until: 2027-06-30", today: "2027-06-30") == [])
        #expect(
            try refusals("until: 2027-06-30", today: "2027-07-01")
                == ["today is 2027-07-01; jobs start until 2027-06-30 (policy.until)"])
        for text in ["2027-02-29", "2027-13-01", "2027-6-30", "27-06-30", "2027-06-30T00:00", "soon", "+027-06-30"] {
            #expect(CalendarDay(text) == nil, "\(text)")
            #expect(problem("{until: '\(text)'}")?.contains("policy.until") == true, "\(text)")
        }
        #expect(CalendarDay("2028-02-29")?.description == "2028-02-29")
        #expect(CalendarDay(seconds: 0).description == "1970-01-01")
        #expect(CalendarDay(seconds: 1_830_297_599).description == "2027-12-31")
        #expect(CalendarDay(seconds: 1_830_297_600).description == "2028-01-01")
    }

    @Test func jobsAreCounted() throws {
        #expect(try refusals("jobs: 2", jobs: 1) == [])
        #expect(try refusals("jobs: 2", jobs: 2)[0].contains("policy.jobs"))
    }

    /// Too few common rows end a job before anything is computed on them.
    @Test func fewCommonRowsEndAJob() throws {
        let survey = try Survey()
        survey.change(survey.parties[1]) { $0.policy.scope.minimumRows = 401 }
        let failure = try #require(throws: (any Error).self) { try survey.run("align.sample=300") }
        #expect("\(failure)".contains("phone") && "\(failure)".contains("policy-refused"), "\(failure)")
        survey.change(survey.parties[1]) { $0.policy.scope.minimumRows = 400 }
        #expect(try survey.run().aligned == 400)
    }

    // MARK: - Its text

    @Test func theTextIsThePolicy() throws {
        for fields in [
            "{}", "{offer: [], approve: ask}",
            """
            {offer: [a, 'b"c', "d: e"], protections: [blind, none], touched-rows: [padded], min-key-bits: 2048, \
            exposure-limit: 0.1, approve: ask, release-metrics: false, statistics: {reveal: woe, min-bin: 7, bins: 9, \
            correlations: 11, correlation-rows: 12, release: true}, partners: [shop, bank], protocols: [ecdh, matmul], models: [logistic], min-rows: 5, max-rows: 6, \
            max-rounds: 7, until: 2027-06-30, jobs: 8}
            """,
        ] {
            let read = try policy(fields)
            #expect(try policy(read.text) == read, "\(read.text)")
            #expect(read.hash.count == 64)
        }
        #expect(try policy("{}").hash != policy("{jobs: 1}").hash)
        #expect(try policy("{jobs: 1, approve: ask}").text == policy("{approve: ask, jobs: 1}").text)
    }

    @Test func peopleReadIt() throws {
        let text = try policy(
            "{partners: [shop], min-rows: 5, until: 2027-06-30, jobs: 8, max-rounds: 7, approve: ask, models: [mlp]}"
        ).sentences.joined(separator: "\n")
        for fact in [
            "partners: shop", "models: mlp", "protocols: all", "at least 5 in common", "at most 7 of training",
            "at most 8 on this data set in all; none starts after 2027-06-30", "a person approves",
        ] { #expect(text.contains(fact), "\(fact): \(text)") }
    }
}
