import ParallelPlanning

/// Clusters with round numbers.
enum Clusters {
    /// Operations a second of a rank.
    static let speed = 50e9

    /// - Parameters:
    ///   - hosts: Ranks by host.
    ///   - latency: Seconds of a message.
    ///   - bandwidth: Bytes a second; between hosts a tenth of it.
    static func profile(
        hosts: [Int], memory: Int = 1 << 40, latency: Double = 1e-5, bandwidth: Double = 2e9, speeds: [Double] = []
    ) -> ClusterProfile {
        let machines = hosts.enumerated().map { index, ranks in
            let speed = speeds.isEmpty ? speed : speeds[index]
            return ClusterProfile.Host(
                name: "host \(index)", cores: ranks, memoryBytes: memory, ranks: ranks, forward: samples(speed))
        }
        return ClusterProfile(hosts: machines, collectives: collectives(latency, bandwidth))
    }

    private static func samples(_ speed: Double) -> [ComputeSample] {
        [1.0, 2, 4].flatMap { sequences in
            [64.0, 256].map { length in
                let (dense, attention) = (1e6 * sequences * length, 100 * sequences * length * length)
                return ComputeSample(
                    sequences: Int(sequences), length: Int(length), denseOperations: dense,
                    attentionOperations: attention, seconds: 1e-5 + dense / speed + 2 * attention / speed)
            }
        }
    }

    private static func collectives(_ latency: Double, _ bandwidth: Double) -> [ClusterProfile.Collective] {
        [false, true].flatMap { across in
            let rate = across ? bandwidth / 10 : bandwidth
            let kinds: [(ClusterProfile.Collective.Kind, Double)] = [
                (.allReduce, 2), (.allGather, 1), (.reduceScatter, 1), (.pointToPoint, 2),
            ]
            return kinds.map { kind, rounds in
                ClusterProfile.Collective(
                    kind: kind, ranks: 2, acrossHosts: across, latency: latency * rounds,
                    secondsAByte: rounds / 2 / rate)
            }
        }
    }

    static func layers(_ count: Int, width: Int = 256, length: Int = 256) -> [LayerCost] {
        Array(repeating: LayerCost.transformer(width: width, heads: 8, length: length), count: count)
    }
}
