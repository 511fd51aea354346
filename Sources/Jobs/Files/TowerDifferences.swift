internal import Specification

extension Job {
    /// Why the towers of this job, which uses a model, are not those that the model was trained with: a sentence for each field that
    /// differs, with both values and how to put it right; none where they are the same.
    ///
    /// What predictions say for themselves does not count.
    package func towerMisfits(of model: String, trainedBy trained: Job) -> [String] {
        let (own, theirs) = (trainedTowers, trained.trainedTowers)
        guard own != theirs else { return [] }
        let sentences = Set(own.keys).union(theirs.keys).sorted().flatMap { party -> [String] in
            switch (own[party], theirs[party]) {
            case (let own?, let theirs?): Self.misfits(of: model, at: party, own, theirs)
            case (nil, .some): ["model \(model) was trained with a tower of \(party), and the job file has none"]
            case (.some, nil): ["model \(model) was trained without a tower of \(party), and the job file has one"]
            case (nil, nil): []
            }
        }
        // Never silent, whatever fields towers have.
        guard sentences.isEmpty else { return sentences.map { "\($0): use the file that it was trained by" } }
        return [
            "model \(model) was trained with other towers than the job file has: use the file that it was trained by"
        ]
    }

    private static func misfits(of model: String, at party: Party, _ own: Tower, _ theirs: Tower) -> [String] {
        let values = Dictionary(uniqueKeysWithValues: own.fields)
        return theirs.fields.compactMap { name, value in
            guard let here = values[name], here != value else { return nil }
            let field = "towers.\(party).\(name)"
            let sentence =
                "model \(model) was trained with \(field): \(value ?? "its default"), and the job file has \(here ?? "its default")"
            return value.map { "\(sentence) (--set '\(field)=\($0)')" } ?? sentence
        }
    }
}

extension Job.Tower {
    /// Its fields as job files write them, but for how predictions read histories; `nil` where the default holds.
    fileprivate var fields: [(name: String, value: String?)] {
        let common = [
            ("kind", (history == nil ? Kind.columns : .history).rawValue), ("outputs", "\(outputs)"),
            ("training", training.rawValue),
        ]
        guard let history else {
            return common + [("columns", Self.list(columns)), ("hidden", Self.list(hidden.map { "\($0)" }))]
        }
        return common + [
            ("histories", history.histories.map(Self.list)), ("budget", "\(history.budget)"),
            ("events", "\(history.events)"), ("width", "\(history.width)"), ("layers", "\(history.layers)"),
            ("heads", "\(history.heads)"), ("epochs", "\(history.epochs)"), ("rate", history.rate),
            ("staleness", history.staleness), ("codes", history.codes.map { "\($0)" }), ("rare", history.rare),
        ]
    }

    private static func list(_ names: [String]) -> String { "[\(names.joined(separator: ", "))]" }
}
