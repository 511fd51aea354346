public import Documents
public import Link
public import Scratch
public import Specification

/// An organisation's own description of itself: where it listens, whom it knows, what data it has, what it allows.
///
/// Paths in it are relative to the folder that it stands in.
public struct PartyFile: Sendable {
    /// Where it was read.
    public var path: String
    /// The folder that it stands in.
    public var folder: String
    /// The organisation's name in jobs; its certificate must be made out to it.
    public var name: Party
    /// Where it listens; port 0 lets the system choose.
    public var listen: Address
    /// Path of its certificate (PEM).
    public var certificate: String
    /// Path of the certificate's private key (PEM).
    public var key: String
    /// Path of the private key that signs its transcripts (PEM).
    public var transcriptKey: String
    /// Where this party keeps its ledger, approvals and transcripts.
    public var state: String
    /// Where the scores of predictions are written, at the label party.
    public var scores: String
    /// Whom it knows: read from `partners.yaml` in the same folder.
    public var partners: PartnerList
    /// What it has.
    public var data: DataSource
    /// What of its rows may stay in memory, and the folder where the rest goes while it is worked on.
    public var space: WorkingSpace
    /// What it allows.
    public var policy: Policy
    /// Whether payloads are kept in the transcript.
    public var keepsPayloads: Bool
    /// What is written beside a transcript for this party's own auditor. Anything but `none` needs ``keepsPayloads``.
    public var privateView: ViewKeeping
    /// How many jobs run at once, and on what.
    public var quotas: Quotas
    /// The processes that share its work, on one machine or several; `nil`: it is one process.
    public var ranks: RankSettings?
    /// Where its log goes; `nil`: to standard error.
    public var log: LogFile?
    /// How long what jobs leave is kept.
    public var retention: Retention
}

extension PartyFile {
    /// Reads a party file, and `partners.yaml` beside it. Paths in the result are complete.
    /// - Throws: `DocumentError` with file, line and field.
    public init(path: String) throws(DocumentError) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[..<$0]) } ?? "."
        func resolve(_ relative: String) -> String { relative.hasPrefix("/") ? relative : folder + "/" + relative }

        var document = try Document(path: path)
        (self.path, self.folder) = (path, folder)
        let nameText = try document.text("name")
        guard let name = try? Party(nameText), nameText != PartnerList.coordinatorName else {
            throw document.error("name", "1 to 32 of a-z, 0-9 and '-' are expected, and not the coordinator's name")
        }
        self.name = name
        var listening = try document.mapping("listen")
        listen = Address(host: try listening.text("host"), port: try listening.integer("port", in: 0...65_535))
        try listening.end()
        certificate = resolve(try document.text("certificate"))
        key = resolve(try document.text("key"))
        transcriptKey = resolve(try document.text("transcript-key"))
        state = resolve(try document.optionalText("state") ?? "state")
        scores = try document.optionalText("scores").map(resolve) ?? state + "/scores"
        partners = try PartnerList(folder: folder)
        var fields = try document.mapping("data")
        data = try DataSource(&fields, resolve: resolve)
        try fields.end()
        if var histories = try document.optionalMapping("histories") {
            try data.readHistories(&histories, resolve: resolve)
        }
        space = WorkingSpace(
            memory: try document.optionalSize("memory", atLeast: WorkingSpace.leastMemory)
                ?? WorkingSpace.standardMemory, folder: state + "/scratch",
            kept: state + "/tables")
        policy = try document.has("policy") ? Policy(document.mapping("policy")) : Policy()
        switch try document.optionalText("transcript") {
        case nil, "headers": keepsPayloads = false
        case "full": keepsPayloads = true
        case let other?: throw document.error("transcript", "'\(other)' is none of headers, full")
        }
        let keeping = try document.optionalText("private-view") ?? ViewKeeping.none.rawValue
        guard let keeping = ViewKeeping(rawValue: keeping) else {
            throw document.error(
                "private-view",
                "'\(keeping)' is none of \(ViewKeeping.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard keeping == .none || keepsPayloads else {
            throw document.error(
                "private-view",
                "'\(keeping.rawValue)' needs 'transcript: full': without payloads there is nothing to open")
        }
        privateView = keeping
        quotas = try document.has("jobs") ? Quotas(document.mapping("jobs")) : Quotas()
        let ranksPlace = document.error("ranks", "")
        ranks =
            try document.has("ranks")
            ? RankSettings(document.mapping("ranks"), at: ranksPlace, cores: quotas.cores, resolve: resolve) : nil
        log = try document.has("log") ? LogFile(document.mapping("log"), resolve: resolve) : nil
        retention = try document.has("retention") ? Retention(document.mapping("retention")) : Retention()
        try document.end()
    }
}
