import Documents
import Jobs
import Specification
import Testing

private let yaml = """
    name: flights-late
    parties:
      airline: {role: label}
      weather: {role: feature}
    align: {key: flight_id, protocol: ecdh}
    label: late
    columns:
      airline: [carrier, hour]
    model: {kind: mlp, source: {width: 3}, hidden: [8, 4]}
    train: {epochs: 2, batch: 64, optimizer: {kind: sgd, rate: 0.05, momentum: 0.8}}
    """

@Suite struct JobReaderTests {
    private func job(_ text: String = yaml, _ overrides: [String] = []) throws -> Job {
        try Job(Document(yaml: text, file: "job.yaml", overrides: overrides))
    }

    @Test func aJobIsReadWithSafeDefaults() throws {
        let job = try job()
        #expect(job.labelParty == (try Party("airline")))
        #expect(job.featureParties == [try Party("weather")])
        #expect(job.member(job.labelParty)?.columns == ["carrier", "hour"])
        #expect(job.member(job.featureParties[0])?.columns == nil)
        #expect(job.protection == .blind)
        #expect(job.keys.bits == 3072)
        #expect(job.exposure.limit == 0.5)
        #expect(job.model.kind == .mlp && job.model.width == 3 && job.model.hidden == [8, 4])
        #expect(job.train.optimizer.rate == "0.05")
    }

    @Test func howRowsAreMatched() throws {
        let key = try job().align.key[0]
        let label = try job(yaml, ["align.result=label", "align.decoys=2.5", "align.round-to=100"])
        #expect(label.align.result == .label(decoys: "2.5", multiple: 100))
        for (overrides, complaint) in [
            (["align.result=label", "evaluate={test: {\(key): x}}"], "a decoy has no key"),
            (["align.decoys=2"], "result: label only"), (["align.types={moon: date}"], "no column of align.key"),
            (["align.keep-days=3", "align.protocol=vole"], "under protocol: ecdh"),
        ] {
            let error = #expect(throws: DocumentError.self) { try job(yaml, overrides) }
            #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
        }
    }

    @Test func overridesReplaceFields() throws {
        let job = try job(
            yaml, ["align.sample=300", "protection=none", "model={kind: logistic}"])
        #expect(job.align.sample == 300)
        #expect(job.protection == .none)
    }

    @Test(arguments: [
        ("role: label", "role: boss", 3, "parties.airline.role"),
        ("role: feature", "role: label", 2, "parties"),
        ("epochs: 2", "epochs: 0", 10, "train.epochs"),
        ("rate: 0.05", "rate: fast", 10, "train.optimizer.rate"),
        ("rate: 0.05", "rate: 1e-2", 10, "train.optimizer.rate"),
        ("kind: mlp", "kind: forest", 9, "model.kind"),
        ("hidden: [8, 4]", "hidden: [0]", 9, "model.hidden"),
        ("label: late", "label: late\ncolour: red", 7, "colour"),
        ("airline: [carrier, hour]", "bank: [carrier]", 8, "columns.bank"),
        ("protocol: ecdh", "protocol: magic", 5, "align.protocol"),
        ("label: late", "label: late\nkeys: {bits: 1024}", 7, "keys.bits"),
        ("airline: {role", "Air line: {role", 3, "parties.Air line"),
        ("name: flights-late", "name: ../late", 1, "name"),
        ("airline: [carrier, hour]", "airline: [carrier, carrier]", 8, "columns.airline"),
        ("hidden: [8, 4]", "hidden: [1, 1, 1, 1, 1, 1, 1, 1, 1]", 9, "model.hidden"),
    ])
    func problemsNameLineAndField(original: String, replacement: String, line: Int, field: String) throws {
        #expect(yaml.contains(original))
        let error = #expect(throws: DocumentError.self) {
            try job(yaml.replacing(original, with: replacement, maxReplacements: 1))
        }
        #expect(error?.line == line)
        #expect(error?.field == field)
    }
}
