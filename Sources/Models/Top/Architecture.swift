/// What is predicted.
public enum Target: String, Codable, Hashable, Sendable, CaseIterable {
    /// 0 or 1, by one logit.
    case binary
    /// One of several classes, counted from 0, by a logit for each.
    case classes = "class"
    /// A number, which the caller has standardised.
    case number
    /// How often something happens, by the logarithm of the expected count.
    case count
}

/// Everything above the source layer: public, a part of the job. The label party alone holds the parameters.
public struct Architecture: Hashable, Codable, Sendable {
    /// How outputs come from Z.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// `sigmoid(Z + bias)`: logistic regression.
        case logistic
        /// `softmax(Z + bias)`: multinomial logistic regression.
        case multinomial
        /// `Z + bias`: linear regression.
        case linear
        /// `exp(Z + bias)`: Poisson regression with its logarithmic link.
        case poisson
        /// Hidden layers over Z. Z itself passes no ReLU: a source layer of width 2 would lose a quarter of the plane
        /// to it.
        case mlp
        /// The first columns of Z are added to the outputs as they are; the others pass a ReLU and hidden layers (Cheng
        /// et al., arXiv 1606.07792).
        case wideDeep = "wide-deep"
        /// Z is cut into vectors, of which every two are multiplied; their dot products enter hidden layers beside Z
        /// (Naumov et al., arXiv 1906.00091).
        case dlrm

        /// The one target of a regression; nil where hidden layers take any.
        var onlyTarget: Target? {
            switch self {
            case .logistic: .binary
            case .multinomial: .classes
            case .linear: .number
            case .poisson: .count
            case .mlp, .wideDeep, .dlrm: nil
            }
        }
    }

    /// A party's own layers over its own columns: hidden layers with ReLU, and outputs without.
    public struct Tower: Hashable, Codable, Sendable {
        /// Columns that enter.
        public var inputs: Int
        /// Sizes of the hidden layers; may be empty.
        public var hidden: [Int]
        /// Columns that leave.
        public var outputs: Int

        /// Sizes as given.
        public init(inputs: Int, hidden: [Int], outputs: Int) {
            (self.inputs, self.hidden, self.outputs) = (inputs, hidden, outputs)
        }

        /// Sentences on what makes no tower; empty if it is one.
        public var problems: [String] {
            ([inputs] + hidden + [outputs]).allSatisfy { $0 > 0 } ? [] : ["a tower's layers all have a size above 0"]
        }

        /// Inputs, hidden layers, outputs.
        var sizes: [Int] { [inputs] + hidden + [outputs] }
    }

    /// How outputs come from Z.
    public var kind: Kind
    /// What is predicted.
    public var target: Target
    /// Of target `classes`; else 1.
    public var classes: Int
    /// Columns of Z.
    public var width: Int
    /// Under `dlrm` the columns of each vector that Z is cut into; else 0.
    public var vector: Int
    /// Sizes of the hidden layers of `mlp`, `wideDeep` and `dlrm`; else empty.
    public var hidden: [Int]
    /// The label party's own tower, under `mlp`, `wideDeep` and `dlrm`: its outputs enter the first hidden layer beside
    /// what comes from Z. Under `dlrm`, outputs of a vector's length are multiplied with the vectors of Z too.
    public var tower: Tower?
    /// In the place of ``tower``, outputs that are computed elsewhere: so many columns enter where the tower's would, and a step gives the
    /// derivative by them.
    public var beside: Int?

    /// Members as given; see ``problems``.
    public init(
        kind: Kind, target: Target, classes: Int = 1, width: Int, vector: Int = 0, hidden: [Int] = [],
        tower: Tower? = nil, beside: Int? = nil
    ) {
        (self.kind, self.target, self.classes, self.width) = (kind, target, classes, width)
        (self.vector, self.hidden, self.tower, self.beside) = (vector, hidden, tower, beside)
    }

    /// Logits, numbers or logarithms of counts that a row gives: ``classes``, which is 1 but for classes.
    public var outputs: Int { classes }

    /// Columns that ``TopModel`` takes beside Z: what enters the tower, or what stands in its place; nil where there is neither.
    public var ownColumns: Int? { tower?.inputs ?? beside }
}

extension Architecture {
    /// Sentences on what makes no model; empty if it is one.
    public var problems: [String] {
        var problems: [String] = []
        if let only = kind.onlyTarget, only != target {
            problems.append("a \(kind.rawValue) model predicts a \(only.rawValue), not a \(target.rawValue)")
        }
        if target == .classes ? classes < 2 : classes != 1 {
            problems.append("a class is one of two or more; any other target counts as one")
        }
        switch kind {
        case .logistic, .multinomial, .linear, .poisson:
            if width != outputs { problems.append("a \(kind.rawValue) model here has width \(outputs), not \(width)") }
            if !hidden.isEmpty { problems.append("a \(kind.rawValue) model has no hidden layers") }
            if tower != nil || beside != nil {
                problems.append("a \(kind.rawValue) model takes no tower of the label party")
            }
        case .mlp, .wideDeep, .dlrm:
            if width < 1 { problems.append("a width is at least 1") }
            if hidden.isEmpty || hidden.contains(where: { $0 < 1 }) {
                problems.append("a \(kind.rawValue) model has hidden layers, each of a size above 0")
            }
            problems += tower?.problems ?? []
            if tower != nil && beside != nil {
                problems.append("either a tower stands beside Z, or what another computed")
            }
            if beside.map({ $0 < 1 }) ?? false { problems.append("what stands beside Z has a column at least") }
        }
        if kind == .wideDeep && width <= outputs {
            problems.append(
                "a wide-deep model has a width above \(outputs): one column for each output, the others are deep")
        }
        if kind == .dlrm && (vector < 1 || width % vector != 0 || width / vector < 2) {
            problems.append("a dlrm's width is a multiple of its vector, with at least two vectors")
        }
        if kind != .dlrm && vector != 0 { problems.append("a \(kind.rawValue) model cuts Z into no vectors") }
        return problems
    }
}
