internal import Documents
internal import Models
internal import Specification

extension Job.Model {
    /// Reads the `model` section. Where a field may be left out, what stands for it works.
    init(_ document: Document) throws(DocumentError) {
        var document = document
        guard let kind = try document.optionalChoice("kind", of: Architecture.Kind.self) else {
            let all = Architecture.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw document.error("kind", "is missing: \(all)")
        }
        self.kind = kind
        (target, classes, width, vector, hidden, dimension) = (.binary, 1, 1, 0, [], 0)
        switch kind {
        case .logistic: break
        case .linear: target = .number
        case .poisson: target = .count
        case .multinomial:
            target = .classes
            classes = try document.integer("classes", in: Job.Limits.classes)
            width = classes
        case .mlp, .wideDeep, .dlrm: try readDeep(&document)
        }
        if let problem = Architecture(
            kind: kind, target: target, classes: classes, width: width, vector: vector, hidden: hidden, tower: nil
        ).problems.first {
            throw document.error("source", problem)
        }
        try document.end()
    }

    private mutating func readDeep(_ document: inout Document) throws(DocumentError) {
        target = try document.optionalChoice("target", of: Target.self) ?? .binary
        if target == .classes { classes = try document.integer("classes", in: Job.Limits.classes) }
        switch kind {
        case .logistic, .multinomial, .linear, .poisson, .mlp: width = 2
        case .wideDeep: width = classes + 4
        case .dlrm: (width, vector) = (8, 4)
        }
        if var source = try document.optionalMapping("source") {
            width = try source.optionalInteger("width", in: Job.Limits.width) ?? width
            if kind == .dlrm { vector = try source.optionalInteger("vector", in: Job.Limits.width) ?? vector }
            try source.end()
        }
        hidden = [16]
        if let sizes = try document.optionalTexts("hidden") {
            hidden = sizes.compactMap(Int.init).filter(Job.Limits.hiddenSize.contains)
            guard hidden.count == sizes.count, Job.Limits.hiddenLayers.contains(hidden.count) else {
                throw document.error("hidden", "a list of 1 to 8 layer sizes from 1 to 4096 is expected")
            }
        }
        guard kind.embeds else { return }
        dimension = 8
        if var embed = try document.optionalMapping("embed") {
            dimension = try embed.optionalInteger("dimension", in: Job.Limits.dimension) ?? dimension
            try embed.end()
        }
    }
}

extension Job.Tower {
    /// Reads one party's tower.
    init(_ document: Document, of member: Job.Member, protection: Job.Protection) throws(DocumentError) {
        var document = document
        if try document.optionalChoice("kind", of: Kind.self) == .history {
            self = try .overHistories(document, of: member)
            return
        }
        columns = try document.optionalTexts("columns") ?? []
        outputs = try document.integer("outputs", in: Job.Limits.towerOutputs)
        hidden = [16]
        if let sizes = try document.optionalTexts("hidden") {
            hidden = sizes.compactMap(Int.init)
            guard hidden.count == sizes.count else {
                throw document.error("hidden", "a list of at most 8 layer sizes from 1 to 4096 is expected")
            }
        }
        let standard: Training = member.role == .feature && protection == .blind ? .frozen : .endToEnd
        training = try document.optionalChoice("training", of: Training.self) ?? standard
        try document.end()
    }
}
