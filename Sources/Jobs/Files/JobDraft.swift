internal import Preparation
public import RowSources
internal import Scratch
public import Specification
public import Tables

/// A first job over files that lie in one place: what `colonnade new` infers from them, for a person to look over.
public struct JobDraft: Sendable {
    /// Each file with the name of its party, the label party first.
    public let parties: [(party: Party, file: String)]
    /// What the label seems to be.
    public let model: Model
    /// The job file, with comments.
    public let yaml: String

    /// What a label asks for.
    public enum Model: Hashable, Sendable {
        /// Two numbers, 0 and 1.
        case logistic
        /// So many labels: texts, or few whole numbers.
        case multinomial(classes: Int)
        /// Any other numbers.
        case linear
    }

    /// Why no job comes of these files. Names files and columns, never their data.
    public enum Problem: Error, Equatable, CustomStringConvertible {
        case tooFewFiles
        case noName(file: String)
        case sameName(Party, files: [String])
        case noKey(file: String, column: String)
        case label(String, files: [String])
        case classes(String, count: Int)
        case noFeatures(file: String)
        case noJobName(String)

        public var description: String {
            switch self {
            case .tooFewFiles: "a federation has two to nine files, one for each party"
            case .noName(let file):
                "\(file): no party's name can be made of this file's: 1 to 32 of a-z, 0-9 and '-', not 'coordinator'"
            case .sameName(let party, let files):
                "\(files.joined(separator: " and ")) would both be the party '\(party)'; rename one of them"
            case .noKey(let file, let column): "\(file): has no column '\(column)', which is to name its rows"
            case .label(let label, let files) where files.isEmpty: "no file has the label '\(label)'"
            case .label(let label, let files):
                "\(files.joined(separator: " and ")) have a column '\(label)'; the label belongs to one party"
            case .classes(let label, let count):
                "label '\(label)' has \(count) different texts; two to \(Job.Limits.classes.upperBound) classes can be told apart"
            case .noFeatures(let file): "\(file): has no column besides key and label"
            case .noJobName(let name): "'\(name)' is no job's name: 1 to 64 letters, digits, '-', '_' or '.'"
            }
        }
    }

    /// The most different whole numbers that are taken for classes.
    private static let classLimit = 20

    /// Reads the files.
    ///
    /// - Parameters:
    ///   - files: CSV, one for each party.
    ///   - key: The columns that name a row in every file.
    /// - Throws: ``Problem``; `TablesError`.
    public init(name: String, files: [String], key: [String], label: String) throws {
        guard Job.Limits.isName(name) else { throw Problem.noJobName(name) }
        guard Job.Limits.parties.contains(files.count) else { throw Problem.tooFewFiles }
        var named: [(party: Party, file: String, table: Table)] = []
        for file in files {
            let party = try Self.party(of: file)
            if let other = named.first(where: { $0.party == party }) {
                throw Problem.sameName(party, files: [other.file, file])
            }
            let source = PartyFile.DataSource(name: "data", rows: .csv(file: file), key: key, types: [:])
            let table: Table
            do { table = try Dataset(source, in: WorkingSpace()).table } catch {
                if case .missingColumn(_, let column, _) = error { throw Problem.noKey(file: file, column: column) }
                throw error
            }
            named.append((party, file, table))
        }
        let owners = named.indices.filter { index in named[index].table.columns.contains { $0.name == label } }
        guard owners.count == 1, let owner = owners.first, !key.contains(label) else {
            throw Problem.label(label, files: owners.map { named[$0].file })
        }
        named.insert(named.remove(at: owner), at: 0)
        for (index, entry) in named.enumerated() {
            guard entry.table.columns.count > key.count + (index == 0 ? 1 : 0) else {
                throw Problem.noFeatures(file: entry.file)
            }
        }
        parties = named.map { ($0.party, $0.file) }
        model = try Self.model(of: label, in: named[0].table)
        yaml = Self.yaml(name: name, parties: named.map(\.party), key: key, label: label, model)
    }

    /// A party's name made of a file's: without folder and endings, in lower case, everything else a hyphen.
    private static func party(of file: String) throws(Problem) -> Party {
        let base = file.split(separator: "/").last?.split(separator: ".").first ?? ""
        let name = base.lowercased().utf8.map { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) ? Character(UnicodeScalar(byte)) : "-"
        }
        guard let party = try? Party(String(name)), party.name != PartnerList.coordinatorName else {
            throw .noName(file: file)
        }
        return party
    }

    private static func model(of label: String, in table: Table) throws -> Model {
        let classes = try table.classes(label)
        if case .texts = try table.column(label).cells() {
            guard Job.Limits.classes.contains(classes.count) else {
                throw Problem.classes(label, count: classes.count)
            }
            return .multinomial(classes: classes.count)
        }
        let numbers = Set(try table.numbers(label).filter { !$0.isNaN })
        if numbers == [0, 1] || numbers == [-1, 1] { return .logistic }
        let areWhole = numbers.allSatisfy { Int(exactly: $0) != nil }
        return areWhole && (2...classLimit).contains(numbers.count)
            ? .multinomial(classes: numbers.count) : .linear
    }
}

extension JobDraft.Model: CustomStringConvertible {
    /// In words, for the person who knows better.
    public var description: String {
        switch self {
        case .logistic: "0 or 1: logistic regression"
        case .multinomial(let classes): "one of \(classes) classes: multinomial regression"
        case .linear: "a number: linear regression"
        }
    }

    fileprivate var yaml: String {
        switch self {
        case .logistic: "{kind: logistic}"
        case .multinomial(let classes): "{kind: multinomial, classes: \(classes)}"
        case .linear: "{kind: linear}"
        }
    }
}

extension JobDraft {
    private static func yaml(name: String, parties: [Party], key: [String], label: String, _ model: Model) -> String {
        let members = parties.enumerated().map { "  \($1): {role: \($0 == 0 ? "label" : "feature")}" }
        return """
            # Written by 'colonnade new' from the files of all parties; every field: README of the folder 'parties', "job.yaml".
            name: \(name)
            parties:
            \(members.joined(separator: "\n"))
            align: {key: [\(key.map(quoted).joined(separator: ", "))]}
            label: \(quoted(label))
            # blind: encrypted. none: in the clear, for a quick first look.
            protection: blind
            model: \(model.yaml)
            train: {epochs: 10, batch: 128, optimizer: {rate: 0.1, momentum: 0.9}}
            evaluate: {test: 0.25}
            # Wide, since all files lie here anyway. Between organisations 0.5 is usual, and with it fewer epochs.
            exposure: {limit: 1000}

            """
    }

    /// A text as YAML has it between double quotes.
    public static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
