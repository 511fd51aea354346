internal import Arithmetic
internal import Paillier
public import Shares
public import Specification

/// What all parties agree on before a MatMul layer starts; all of it is public.
public struct MatMulParameters: Hashable, Sendable {
    /// A party and how many features it has.
    public struct Member: Hashable, Sendable {
        public let party: Party
        public let columns: Int

        /// A party with its number of features.
        public init(_ party: Party, columns: Int) {
            self.party = party
            self.columns = columns
        }
    }

    /// Who opens Z.
    public let label: Member
    /// In the job's order, which decides who adds and who subtracts a pair's mask.
    public let features: [Member]
    /// Columns of Z.
    public let width: Int
    /// Bits of every party's Paillier modulus.
    public let keyBits: Int
    /// Which attempt at the job this is: a part of every mask's name, so that none returns after a restart.
    public let attempt: Int

    /// Sizes of at least one and at most 2^24, every party once.
    ///
    /// - Throws: ``MatMulError/invalidParameters(_:)``.
    public init(label: Member, features: [Member], width: Int, keyBits: Int, attempt: Int) throws(MatMulError) {
        let members = [label] + features
        guard !features.isEmpty else { throw .invalidParameters("at least one feature party is needed") }
        guard Set(members.map(\.party)).count == members.count else {
            throw .invalidParameters("a party stands twice")
        }
        let sizes = members.map(\.columns) + [width]
        guard sizes.allSatisfy({ (1...1 << 24).contains($0) }), attempt >= 0 else {
            throw .invalidParameters("columns and width lie in 1 to 2^24, attempts count from 0")
        }
        self.label = label
        self.features = features
        self.width = width
        self.keyBits = keyBits
        self.attempt = attempt
    }
}

extension MatMulParameters {
    /// Rounds over batches of one size.
    public struct Run: Hashable, Sendable {
        public var phase: MatMulPhase
        public var rows: Int
        public var count: Int

        /// `count` rounds over batches of `rows` rows.
        public init(_ phase: MatMulPhase, rows: Int, count: Int = 1) {
            self.phase = phase
            self.rows = rows
            self.count = count
        }
    }

    /// The session plan of a setup and these rounds: every size that crosses a link.
    ///
    /// - Throws: `SharesError.unboundedSize`.
    public func plan(_ runs: [Run]) throws(SharesError) -> SessionPlan {
        var dimensions = ["key-bits": keyBits, "width": width]
        for member in [label] + features {
            dimensions["columns[\(member.party)]"] = member.columns
            dimensions["forward-slot-bits[\(member.party)]"] =
                try Product.matMulForward(terms: member.columns).slotBits
        }
        let rounds = try runs.map { (run) throws(SharesError) in
            var sizes = ["rows": run.rows]
            if run.phase == .train {
                sizes["gradient-slot-bits"] = try Product.matMulGradient(batch: run.rows).slotBits
            }
            return SessionPlan.PhaseRun(run.phase.rawValue, count: run.count, dimensions: sizes)
        }
        return SessionPlan(
            protocolName: MatMulProtocol.specification.name, version: MatMulProtocol.specification.version,
            members: [.init(label.party, role: "label")] + features.map { .init($0.party, role: "feature") },
            dimensions: dimensions, runs: [.init("setup")] + rounds)
    }
}

// MARK: - Checks

extension MatMulParameters {
    /// - Throws: ``MatMulError/missing(_:_:)``.
    func feature(_ party: Party) throws(MatMulError) -> Member {
        guard let member = features.first(where: { $0.party == party }) else {
            throw .missing("place among the feature parties", party)
        }
        return member
    }

    func check(_ cipher: some AdditiveCipher) throws(MatMulError) {
        guard cipher.keyBits == keyBits else { throw .keySize(expected: keyBits, found: cipher.keyBits) }
    }

    func check<Element>(_ matrix: Matrix<Element>, rows: Int, columns: Int) throws(SharesError) {
        guard matrix.rows == rows, matrix.columns == columns else {
            throw .shape(expected: [rows, columns], found: [matrix.rows, matrix.columns])
        }
    }

    func check(_ share: WeightShare, rows: Int) throws(SharesError) {
        try check(share.value, rows: rows, columns: width)
        try check(share.velocity, rows: rows, columns: width)
    }

    func check(batch: Matrix<Int64>, of member: Member) throws(SharesError) {
        try check(batch, rows: max(1, batch.rows), columns: member.columns)
        try FixedPoint.check(batch, within: .feature)
    }
}
