import Arithmetic
import Cryptography
import MatMul
import Paillier
import Shares
import Specification
import Synchronization

/// A whole federation in one process: every role, and a guard at either end of every link.
struct Federation<Key: AdditiveKey> {
    struct Route: Hashable {
        let sender, receiver: Party
    }

    let parameters: MatMulParameters
    let keys: [Party: Key]
    private(set) var label: MatMulLabelParty<Key>
    private(set) var features: [MatMulFeatureParty<Key>] = []
    /// Frames in the order in which they crossed each link.
    private(set) var sent: [Route: [Frame]] = [:]
    private(set) var opened: Matrix<Int64>?
    private(set) var roundsFinished: [Party: Int] = [:]
    private var waiting: [Route: [Frame]] = [:]
    /// Each link twice: as its `sender` holds to it towards its `receiver`.
    private var guards: [Route: Guard] = [:]

    /// What each party holds of the layer.
    typealias Shares = (label: MatMulLabelShares, features: [MatMulFeatureShares])

    /// Parties draw from sources of their own with the same seed; names tell their draws apart.
    ///
    /// - Parameter shares: From an earlier run; drawn if there are none.
    init(
        _ parameters: MatMulParameters, runs: [MatMulParameters.Run], keys: [Party: Key], bounds: MatMulInitialBounds,
        optimiser: ShareOptimiser, shares: Shares? = nil, source: () -> any RandomSource
    ) throws {
        self.parameters = parameters
        self.keys = keys
        let label = parameters.label.party
        let plan = try parameters.plan(runs)
        let specification = MatMulProtocol.specification
        let random = source()
        self.label = try MatMulLabelParty(
            parameters, key: keys[label]!,  // every party has a key
            featureKeys: keys.mapValues(\.cipher),
            shares: shares?.label
                ?? MatMulLabelShares(parameters, bounds: bounds, optimiser: optimiser, random: random),
            random: random)
        for (index, feature) in parameters.features.map(\.party).enumerated() {
            let random = source()
            let pairs = parameters.features.map { ($0.party, source()) }
            features.append(
                try MatMulFeatureParty(
                    feature, parameters, key: keys[feature]!,  // every party has a key
                    labelKey: keys[label]!.cipher,  // every party has a key
                    shares: shares?.features[index]
                        ?? MatMulFeatureShares(
                            of: feature, parameters, bounds: bounds, optimiser: optimiser, random: random),
                    random: random, pairRandom: Dictionary(uniqueKeysWithValues: pairs)))
            for (me, peer) in [(label, feature), (feature, label)] {
                guards[Route(sender: me, receiver: peer)] = try Guard(specification, plan: plan, me: me, peer: peer)
            }
        }
    }

    /// True when every frame of the plan has crossed every link.
    var isFinished: Bool { guards.values.allSatisfy(\.isFinished) }

    mutating func start() throws {
        try perform(label.start(), by: parameters.label.party)
        for index in features.indices { try perform(features[index].start(), by: party(index)) }
        try deliver()
    }

    /// One round's forward pass; Z as the label party opens it.
    mutating func forward(
        label rows: Matrix<Int64>, features featureRows: [Matrix<Int64>], in phase: MatMulPhase
    ) throws -> Matrix<Int64> {
        opened = nil
        try perform(label.forward(rows: rows, in: phase), by: parameters.label.party)
        for (index, rows) in featureRows.enumerated() {
            try perform(features[index].forward(rows: rows, in: phase), by: party(index))
        }
        try deliver()
        guard let opened else { throw NothingOpened() }
        return opened
    }

    mutating func backward(dZ: Matrix<Int64>) throws {
        try perform(label.backward(dZ: dZ), by: parameters.label.party)
        try deliver()
    }

    struct NothingOpened: Error {}

    private func party(_ index: Int) -> Party { parameters.features[index].party }

    private mutating func perform(_ actions: [Action<MatMulOutput>], by party: Party) throws {
        for action in actions {
            switch action {
            case .send(let frame, let peer):
                let route = Route(sender: party, receiver: peer)
                try guards[route]?.send(frame)
                try guards[Route(sender: peer, receiver: party)]?.receive(frame)
                sent[route, default: []].append(frame)
                waiting[route, default: []].append(frame)
            case .output(.opened(let z)): opened = z
            case .output(.roundFinished): roundsFinished[party, default: 0] += 1
            }
        }
    }

    /// Gives every role the frames that it awaits, until all wait for a local event.
    private mutating func deliver() throws {
        while true {
            if let (frame, peer) = take(label.awaiting, by: parameters.label.party) {
                try perform(label.receive(frame, from: peer), by: parameters.label.party)
            } else if let index = features.indices.first(where: { hasFrame(features[$0].awaiting, party($0)) }),
                let (frame, peer) = take(features[index].awaiting, by: party(index))
            {
                try perform(features[index].receive(frame, from: peer), by: party(index))
            } else {
                return
            }
        }
    }

    private func hasFrame(_ peer: Party?, _ party: Party) -> Bool {
        peer.map { waiting[Route(sender: $0, receiver: party)]?.isEmpty == false } ?? false
    }

    private mutating func take(_ peer: Party?, by party: Party) -> (Frame, Party)? {
        guard let peer, hasFrame(peer, party), let frame = waiting[Route(sender: peer, receiver: party)]?.removeFirst()
        else { return nil }
        return (frame, peer)
    }
}

extension Federation {
    /// What the parties would save.
    var shares: Shares { (label.shares, features.map(\.shares)) }

    /// The weights, which nobody could put together in a real run: the feature parties' in the job's order, then the label
    /// party's.
    var weights: [Matrix<Int64>] {
        let shares = label.shares
        let own = zip(features, shares.featureWeights).map {
            shares.optimiser.applyAlpha(to: $0.shares.weights.value &+ $1.value)
        }
        let labels = features.reduce(shares.weights.value) { $0 &+ $1.shares.labelWeights }
        return own + [shares.optimiser.applyAlpha(to: labels)]
    }
}

/// Recorded keys, which protect nothing, made once for each size.
enum Keys {
    private static let made = Mutex<[String: PrivateKey]>([:])

    static func recorded(bits: Int, _ party: Party) -> PrivateKey {
        made.withLock { made in
            if let key = made["\(party) \(bits)"] { return key }
            guard let stream = try? RecordedRandomSource(seed: [9]).stream("\(party) \(bits)") else {
                preconditionFailure("a new source has used no name")
            }
            let key = PrivateKey.insecureGenerate(bits: bits, from: stream)
            made["\(party) \(bits)"] = key
            return key
        }
    }
}

func optimiser(_ rate: String, momentum: String = "0", decay: String = "0") throws -> ShareOptimiser {
    try ShareOptimiser(
        rate: Fraction(decimal: rate), momentum: Fraction(decimal: momentum), decay: Fraction(decimal: decay))
}
