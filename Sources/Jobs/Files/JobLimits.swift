extension Job {
    /// What the fields of a job may be: the reader of job files and the party that is sent a job hold to the same.
    enum Limits {
        static let parties = 2...9
        static let nameLength = 1...64
        static let sample = 1...1_000_000_000
        static let width = 1...64
        static let hiddenLayers = 1...8
        static let hiddenSize = 1...4096
        static let epochs = 1...10_000
        static let batch = 1...65_536
        static let rate = 1e-6...100
        static let momentum = 0...0.999
        static let keyBits = 2048...4096
        static let testShare = 0.01...0.9
        static let exposure = 0...1e6

        /// A name stands in file names and logs: letters, digits, '-', '_' and '.', the last not first.
        static func isName(_ name: String) -> Bool {
            nameLength.contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
                && name.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
                }
        }

        /// A plain decimal number: digits, at most one point within them, no sign and no exponent; `nil` for anything else.
        static func decimal(_ text: String) -> Double? {
            let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
            guard isPlain, (1...20).contains(text.utf8.count), text.utf8.first != 0x2E, text.utf8.last != 0x2E else {
                return nil
            }
            return Double(text)
        }
    }

    /// What is wrong with the values of a job that did not come through this program's own reader, sentence by sentence.
    var invalidities: [String] {
        var problems: [String] = []
        func require(_ condition: Bool, _ problem: String) { if !condition { problems.append("the job's \(problem)") } }
        func require<Value: Comparable>(_ field: String, _ value: Value?, in range: ClosedRange<Value>) {
            require(
                value.map { range.contains($0) } ?? false, "\(field) must be \(range.lowerBound) to \(range.upperBound)"
            )
        }
        require(Limits.isName(name), "name must be 1 to 64 letters, digits, '-', '_' or '.'")
        require("number of parties", members.count, in: Limits.parties)
        require(Set(parties).count == members.count, "parties must be distinct")
        require(members.filter { $0.role == .label }.count == 1, "label party must be exactly one")
        for member in members {
            let columns = member.columns ?? []
            require(!columns.isEmpty, "columns must be named for \(member.party)")
            // One column twice would count twice in the exposure ratio.
            require(Set(columns).count == columns.count, "columns must be distinct at \(member.party)")
        }
        require("align.sample", align.sample ?? 1, in: Limits.sample)
        switch model.kind {
        case .logistic: require(model.width == 1 && model.hidden.isEmpty, "logistic model has one layer of width 1")
        case .mlp:
            require("model.source.width", model.width, in: Limits.width)
            require("number of model.hidden layers", model.hidden.count, in: Limits.hiddenLayers)
            require(model.hidden.allSatisfy(Limits.hiddenSize.contains), "model.hidden must be sizes from 1 to 4096")
        }
        require("train.epochs", train.epochs, in: Limits.epochs)
        require("train.batch", train.batch, in: Limits.batch)
        require("train.optimizer.rate", Limits.decimal(train.optimizer.rate), in: Limits.rate)
        require("train.optimizer.momentum", Limits.decimal(train.optimizer.momentum), in: Limits.momentum)
        require("keys.bits", keys.bits, in: Limits.keyBits)
        require(keys.bits % 64 == 0, "keys.bits must be a multiple of 64")
        require("evaluate.test", Limits.decimal(evaluate.test), in: Limits.testShare)
        require("exposure.limit", exposure.limit, in: Limits.exposure)
        return problems
    }
}
