internal import Arithmetic
public import LocalUpdates
internal import Paillier
public import Shares
public import SourceLayers
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
    /// How many of its columns each feature party lists in every round, so that only those rows of its weights travel; `nil` where
    /// all do. What lists give away: README.md, section Listed rows.
    public let listed: [Party: Int]?
    /// How often the shares of a batch's gradient move the weights: README.md, section Replay. Its angle plays no part here.
    public let replay: ReusePlan
    /// How many updates the weights have had before, at every party.
    public let weightVersion: Int

    /// Sizes of at least one and at most 2^24, every party once; lists of every feature party or of none.
    ///
    /// - Throws: ``SourceLayerError/invalidParameters(_:)``.
    public init(
        label: Member, features: [Member], width: Int, keyBits: Int, attempt: Int, listed: [Party: Int]? = nil,
        replay: ReusePlan = .none, weightVersion: Int = 0
    ) throws(SourceLayerError) {
        self.label = label
        self.features = features
        self.width = width
        self.keyBits = keyBits
        self.attempt = attempt
        self.listed = listed
        self.replay = replay
        self.weightVersion = weightVersion
        try checkParties()
        let sizes = members.map(\.columns) + [width]
        guard sizes.allSatisfy({ (1...1 << 24).contains($0) }), attempt >= 0, weightVersion >= 0 else {
            throw .invalidParameters("columns and width lie in 1 to 2^24, attempts and updates count from 0")
        }
        try checkListed(by: features)
    }
}

extension MatMulParameters {
    /// The session plan of a setup and these rounds: every size that crosses a link.
    ///
    /// - Throws: `SharesError.unboundedSize`.
    public func plan(_ runs: [LayerRun]) throws(SharesError) -> SessionPlan {
        var dimensions = [
            "key-bits": keyBits, "width": width, ProtocolSpecification.weightVersion: weightVersion,
        ]
        for member in members {
            dimensions["columns[\(member.party)]"] = member.columns
            dimensions["forward-slot-bits[\(member.party)]"] =
                try Product.matMulForward(terms: updatedRows(member)).slotBits
        }
        for feature in features { dimensions["updated-rows[\(feature.party)]"] = updatedRows(feature) }
        let rounds = try runs.map { (run) throws(SharesError) in
            var sizes = ["rows": run.rows]
            if run.phase == .train {
                sizes["gradient-slot-bits"] = try Product.matMulGradient(batch: run.rows).slotBits
            }
            return SessionPlan.PhaseRun(name(of: run.phase), count: run.count, dimensions: sizes)
        }
        return SessionPlan(
            protocolName: MatMulProtocol.specification.name, version: MatMulProtocol.specification.version,
            members: [.init(label.party, role: "label")] + features.map { .init($0.party, role: "feature") },
            dimensions: dimensions, runs: [.init(phasePrefix + "setup")] + rounds)
    }

    /// What the specification has before the names of phases.
    var phasePrefix: String { listed == nil ? "" : "listed-" }

    /// What the specification calls rounds of a kind.
    package func name(of phase: LayerPhase) -> String { phasePrefix + phase.rawValue }
}

// MARK: - Checks

extension MatMulParameters: LayerParameters {
    func check(batch: SparseMatrix<Int64>, of member: Member) throws(SharesError) {
        guard batch.rows > 0, batch.columns == member.columns else {
            throw .shape(expected: [max(1, batch.rows), member.columns], found: [batch.rows, batch.columns])
        }
        try FixedPoint.check(batch, within: .feature)
    }

    /// What is opened together with Z, of which this is a party's share: one number for each of Z's.
    func check(added: Matrix<Int64>?, rows: Int, _ optimiser: ShareOptimiser) throws {
        guard let added else { return }
        try added.requireShape(rows: rows, columns: width)
        guard !optimiser.decays else {
            throw SourceLayerError.invalidParameters("weight decay would shrink what is opened together with Z")
        }
    }
}

extension MatMulParameters.Member: LayerMember {
    package var allRows: Int { columns }
}
