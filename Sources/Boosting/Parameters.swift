extension BoostedTrees {
    /// How trees are grown. The defaults suit some thousand to a million rows.
    public struct Parameters: Hashable, Sendable {
        /// At most so many rounds, each of one tree for each output; 1 to 100,000.
        public var rounds = 300
        /// The share of each tree's step that is taken; above 0, at most 1.
        public var rate = 0.05
        /// At most so many splits from root to leaf; 1 to 16.
        public var depth = 6
        /// The least sum of second derivatives in a leaf: rows for numbers, about a quarter of uncertain rows for
        /// labels; above 0.
        public var minimumChildWeight = 1.0
        /// What is added to the sum of second derivatives of a leaf, to draw its value to 0; 0 or more.
        public var lambda = 1.0
        /// What a split must lower the loss by, in sum over its rows; 0 or more.
        public var minimumGain = 0.0
        /// The weight with which the mean gradient of a category is drawn to 0 before categories are put in order, and
        /// what is added to lambda in the gain of splitting them; 0 or more.
        public var categorySmoothing = 10.0
        /// Every tenth row is held out, and after so many rounds without less loss there growing ends, and the rounds
        /// after the best one are dropped; at least 1. Nil, or fewer than 100 rows: all rows are learned from, in all
        /// rounds.
        public var patience: Int? = 30

        /// The defaults.
        public init() {}

        func check() throws(BoostingError) {
            guard (1...100_000).contains(rounds) else { throw .outOfRange(parameter: "rounds") }
            guard rate > 0 && rate <= 1 else { throw .outOfRange(parameter: "rate") }
            guard (1...16).contains(depth) else { throw .outOfRange(parameter: "depth") }
            guard minimumChildWeight > 0 else { throw .outOfRange(parameter: "minimumChildWeight") }
            guard lambda >= 0 else { throw .outOfRange(parameter: "lambda") }
            guard minimumGain >= 0 else { throw .outOfRange(parameter: "minimumGain") }
            guard categorySmoothing >= 0 else { throw .outOfRange(parameter: "categorySmoothing") }
            guard patience ?? 1 >= 1 else { throw .outOfRange(parameter: "patience") }
        }
    }
}
