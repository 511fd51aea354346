internal import Dispatch
public import Specification
public import WideArea

/// A network inside one process: a link between every two parties, slow if need be, and faults for tests to inject.
public final class MemoryNetwork: Sendable {
    private struct Pair: Hashable {
        let lower: Party
        let upper: Party

        init(_ one: Party, _ other: Party) {
            lower = min(one, other)
            upper = max(one, other)
        }
    }

    private let parties: [Party]
    private let wires: [Pair: MemoryWire]
    private let silence: Double

    /// - Parameters:
    ///   - silence: After how many seconds a silent party counts as lost.
    ///   - wideArea: What lies between the parties: a message arrives when its bytes would. That a party closes its end, gives up or
    ///     is gone shows at the other end at once. Without it, messages arrive at once too.
    public init(parties: [Party], silence: Double = 8, over wideArea: WideArea? = nil) {
        self.parties = parties
        self.silence = silence
        var wires: [Pair: MemoryWire] = [:]
        for (index, party) in parties.enumerated() {
            for peer in parties[(index + 1)...] {
                let pair = Pair(party, peer)
                wires[pair] = MemoryWire(pair.lower, pair.upper, over: wideArea)
            }
        }
        self.wires = wires
    }

    /// The end at `party` of its link to `peer`.
    public func link(of party: Party, to peer: Party) -> any Link {
        MemoryLink(wire: wire(party, peer), peer: peer, isLower: party < peer)
    }

    /// All links of a party.
    public func group(of party: Party) -> LinkGroup {
        LinkGroup(party: party, links: parties.filter { $0 != party }.map { link(of: party, to: $0) })
    }

    /// Runs `job` at every party, each on a thread of its own with its links, and waits for all.
    public func run<Output: Sendable>(
        _ job: @escaping @Sendable (LinkGroup) throws -> Output
    ) -> [Party: Result<Output, any Error>] {
        Threads.run(parties) { try job(self.group(of: $0)) }
    }

    /// Ends all connections of a party without a word, as when its process is killed.
    public func drop(_ party: Party) {
        let wires = wires(of: party)
        // A process that is gone says nothing about the others.
        for wire in wires { wire.mute() }
        for wire in wires { wire.lose(.disconnected) }
    }

    /// Lets nothing through to or from a party any more, heartbeats neither, as when its machine stands still.
    public func silence(_ party: Party) {
        let wires = wires(of: party)
        for wire in wires { wire.mute() }
        let seconds = silence
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
            for wire in wires { wire.lose(.silent(seconds: seconds)) }
        }
    }

    /// Makes every message from `party` to `peer` take this long.
    public func delay(from party: Party, to peer: Party, seconds: Double) {
        wire(party, peer).delay(fromLower: party < peer, seconds: seconds)
    }

    /// Puts another message in the place of the next one from `party` to `peer`.
    public func rewriteNext(
        from party: Party, to peer: Party, _ rewrite: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) {
        wire(party, peer).rewriteNext(fromLower: party < peer, rewrite)
    }

    private func wires(of party: Party) -> [MemoryWire] {
        parties.filter { $0 != party }.map { wire(party, $0) }
    }

    private func wire(_ party: Party, _ peer: Party) -> MemoryWire {
        guard let wire = wires[Pair(party, peer)] else { preconditionFailure("no link between \(party) and \(peer)") }
        return wire
    }
}
