internal import FoundationEssentials
internal import Glibc
internal import ParallelPlanning
internal import ParallelTraining
internal import Ranks

/// Which layers ranks are timed with, to be measured at all of them at once.
struct ProfileWish: Codable {
    var width: Int
    var heads: Int
    /// Of a sequence.
    var events: Int

    /// What a rank knows of itself.
    private struct Own: Codable {
        var host: String
        var cores: Int
        var memoryBytes: Int
        var speed: LayerSpeed
    }

    /// Sequences at once, and shares of their length: enough for a line in one and a square in the other.
    private static let shapes = [(1, 1), (2, 1), (4, 1), (4, 2), (8, 4)]

    /// Called at every rank.
    ///
    /// - Returns: at rank 0, what was found; `nil` elsewhere.
    func measure(_ ranks: any Collectives) throws -> ClusterProfile? {
        let layers = Self.shapes.map { sequences, share in
            LayerSpeed.Layer(width: width, heads: heads, length: max(1, events / share), sequences: sequences)
        }
        // All compute at once, since ranks of one host share its caches and memory.
        try ranks.barrier()
        let speed = try LayerSpeed.measured(layers)
        let own = Own(
            host: Self.host, cores: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), memoryBytes: Self.memoryBytes,
            speed: speed)
        let all = try ranks.allGather([UInt8](JSONEncoder().encode(own))).map {
            try JSONDecoder().decode(Own.self, from: Data($0))
        }
        let collectives = try measureCollectives(ranks, hosts: all.map(\.host))
        guard ranks.rank == 0 else { return nil }
        return profile(all, collectives)
    }

    /// Hosts in the order of their ranks, the slowest rank's layers for each.
    private func profile(_ all: [Own], _ collectives: [ClusterProfile.Collective]) -> ClusterProfile {
        var hosts: [ClusterProfile.Host] = []
        for own in all {
            if let last = hosts.last, last.name == own.host {
                let slower = zip(last.forward, own.speed.forward).map { $0.seconds > $1.seconds ? $0 : $1 }
                hosts[hosts.count - 1].forward = slower
                hosts[hosts.count - 1].ranks += 1
            } else {
                hosts.append(
                    .init(
                        name: own.host, cores: own.cores, memoryBytes: own.memoryBytes, ranks: 1,
                        forward: own.speed.forward))
            }
        }
        var profile = ClusterProfile(hosts: hosts, collectives: collectives)
        profile.backwardFactor = all.reduce(0) { max($0, $1.speed.backwardFactor) }
        profile.updateSecondsAParameter = all.reduce(0) { max($0, $1.speed.updateSecondsAParameter) }
        return profile
    }

    /// Groups of 2, 4 ... and of all ranks, those within a host and those across.
    private func measureCollectives(
        _ ranks: any Collectives, hosts: [String]
    ) throws -> [ClusterProfile.Collective] {
        var found: [ClusterProfile.Collective] = []
        var sizes = Array(sequence(first: 2) { $0 * 2 <= ranks.count ? $0 * 2 : nil }.filter { $0 <= ranks.count })
        if let last = sizes.last, last != ranks.count { sizes.append(ranks.count) }
        for size in sizes {
            for members in groups(of: size, hosts: hosts) {
                guard members.contains(ranks.rank) else { continue }
                let group = try ranks.group(of: members)
                let measured = try RankMeasurement.measure(on: group)
                let isAcross = Set(members.map { hosts[$0] }).count > 1
                for line in measured.lines {
                    guard let kind = ClusterProfile.Collective.Kind(line.kind) else { continue }
                    found.append(
                        .init(
                            kind: kind, ranks: size, acrossHosts: isAcross, latency: line.latency,
                            secondsAByte: line.secondsPerByte))
                }
            }
            try ranks.barrier()
        }
        return try spread(found, of: ranks)
    }

    /// One group within a host and one across hosts, as far as there are such.
    private func groups(of size: Int, hosts: [String]) -> [[Int]] {
        var groups: [[Int]] = []
        for host in Set(hosts).sorted() {
            let members = hosts.indices.filter { hosts[$0] == host }
            guard members.count >= size else { continue }
            groups.append(Array(members.prefix(size)))
            break
        }
        // Evenly from all, which takes ranks of different hosts where there are such.
        let across = (0..<size).map { $0 * hosts.count / size }
        if Set(across.map { hosts[$0] }).count > 1 { groups.append(across) }
        return groups
    }

    /// What any group has found, at all ranks.
    private func spread(
        _ found: [ClusterProfile.Collective], of ranks: any Collectives
    ) throws -> [ClusterProfile.Collective] {
        var all: [ClusterProfile.Collective] = []
        for bytes in try ranks.allGather([UInt8](JSONEncoder().encode(found))) {
            for one in try JSONDecoder().decode([ClusterProfile.Collective].self, from: Data(bytes))
            where !all.contains(where: { ($0.kind, $0.ranks, $0.acrossHosts) == (one.kind, one.ranks, one.acrossHosts) }
            ) {
                all.append(one)
            }
        }
        return all
    }

    private static var host: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static var memoryBytes: Int {
        max(1, sysconf(Int32(_SC_PHYS_PAGES))) * max(1, sysconf(Int32(_SC_PAGESIZE)))
    }
}

extension ClusterProfile.Collective.Kind {
    fileprivate init?(_ kind: RankMeasurement.Kind) {
        switch kind {
        case .allReduce: self = .allReduce
        case .allGather: self = .allGather
        case .reduceScatter: self = .reduceScatter
        case .message: self = .pointToPoint
        }
    }
}
