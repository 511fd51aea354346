import Foundation
import ParallelPlanning
import Testing

@Suite struct CostModelTests {
    /// A page of JSON comes back as it was.
    @Test func profilesArePages() throws {
        var profile = Clusters.profile(hosts: [2, 1])
        profile.overlap = 0.25
        let page = try JSONEncoder().encode(profile)
        #expect(try JSONDecoder().decode(ClusterProfile.self, from: page) == profile)
        #expect(profile.ranks == 3)
        #expect((0..<3).map { profile.host(of: $0) } == [0, 0, 1])
    }

    @Test func linesAreFitted() throws {
        let line = try ClusterProfile.Collective(
            kind: .allReduce, ranks: 4, samples: [1000, 2000, 8000].map { ($0, 1e-4 + Double($0) * 2e-9) })
        #expect(abs(line.latency - 1e-4) < 1e-12 && abs(line.secondsAByte - 2e-9) < 1e-15)
        // Shorter for more bytes, as small messages are by chance: no number is below zero.
        let flat = try ClusterProfile.Collective(kind: .allGather, ranks: 2, samples: [(10, 3e-6), (20, 1e-6)])
        #expect(flat.secondsAByte == 0 && abs(flat.latency - 2e-6) < 1e-12)
        #expect(throws: ParallelPlanningError.profile("allGather among 2 ranks: two sizes at least are to be measured"))
        {
            try ClusterProfile.Collective(kind: .allGather, ranks: 2, samples: [(10, 3e-6)])
        }
    }

    /// One rank: three forward passes, or four with recomputation, and nothing else.
    @Test func oneRankComputesOnly() throws {
        let layers = Clusters.layers(3)
        let planner = ParallelPlanner(profile: Clusters.profile(hosts: [1]), layers: layers, budgetPerRank: 1 << 40)
        let forward = 3 * (1e-5 + (layers[0].denseOperations + 2 * layers[0].attentionOperations) * 4 / Clusters.speed)
        let plain = try predict(planner, LayerStrategy(tensor: 1, data: 1), batch: 4)
        #expect(abs(plain.secondsAStep - 3 * forward) < 1e-9)
        let again = try predict(planner, LayerStrategy(tensor: 1, data: 1, recomputes: true), batch: 4)
        #expect(abs(again.secondsAStep - 4 * forward) < 1e-9)
        // States of three layers, activations of four sequences, and what one layer needs at its time.
        let layer = layers[0]
        let kept = layer.activationBytes + layer.replicatedActivationBytes
        #expect(plain.bytes == [3 * (layer.parameters * 16 + kept * 4) + layer.transientBytes * 4])
        #expect(
            again.bytes == [
                3 * (layer.parameters * 16 + (layer.checkpointBytes + layer.splitCheckpointBytes) * 4)
                    + (layer.transientBytes + kept) * 4
            ])
    }

    /// A transformer of width h keeps 16 h numbers a token and does 24 h^2 + 2 s h operations for it.
    @Test func transformersAreCounted() {
        let layer = LayerCost.transformer(width: 64, heads: 4, length: 100)
        #expect(layer.parameters == 12 * 64 * 64 + 13 * 64)
        #expect(layer.activationBytes + layer.replicatedActivationBytes == (16 * 64 + 4) * 100 * 4)
        #expect(layer.denseOperations == 24 * 64 * 64 * 100)
        #expect(layer.attentionOperations == 2 * 100 * 64 * 100)
    }

    /// Each strategy of two ranks adds its collectives, as they are counted by hand.
    @Test func strategiesAddTheirCollectives() throws {
        let layers = Clusters.layers(2)
        let layer = layers[0]
        var profile = Clusters.profile(hosts: [2])
        func seconds(_ strategy: LayerStrategy, micro: Int = 1) throws -> Double {
            try predict(
                ParallelPlanner(profile: profile, layers: layers, budgetPerRank: 1 << 40), strategy, batch: 4,
                microBatches: micro
            ).secondsAStep
        }
        let operations = (layer.denseOperations + 2 * layer.attentionOperations) * 4
        func compute(_ calls: Double) -> Double { 2 * 3 * (calls * 1e-5 + operations / 2 / Clusters.speed) }
        func reduce(_ bytes: Double) -> Double { 2e-5 + bytes / 2e9 }
        func gather(_ bytes: Double) -> Double { 1e-5 + bytes / 4e9 }
        let parameters = Double(layer.parameters * 4)
        func same(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-9 }

        let replicated = LayerStrategy(tensor: 1, data: 2)
        #expect(same(try seconds(replicated), compute(1) + 2 * reduce(parameters)))
        // Gradients are summed once, whatever the number of micro-batches.
        #expect(same(try seconds(replicated, micro: 2), compute(2) + 2 * reduce(parameters)))
        let sharded = LayerStrategy(tensor: 1, data: 2, sharded: true)
        #expect(same(try seconds(sharded), compute(1) + 2 * 3 * gather(parameters)))
        #expect(same(try seconds(sharded, micro: 2), compute(2) + 2 * 2 * 3 * gather(parameters)))
        let tensor = LayerStrategy(tensor: 2, data: 1)
        let boundary = Double(layer.boundaryBytes * 4)
        #expect(same(try seconds(tensor), compute(1) + 2 * 4 * reduce(boundary)))
        let again = LayerStrategy(tensor: 2, data: 1, recomputes: true)
        #expect(same(try seconds(again), compute(1) * 4 / 3 + 2 * 5 * reduce(boundary)))
        // The whole sum is hidden, if the way back is as long as it.
        profile.overlap = 1
        #expect(same(try seconds(replicated), compute(1) + 2 * max(0, reduce(parameters) - compute(1) / 3)))
    }

    /// A layer that leaves its output elsewhere than the next one wants it adds a gather of the whole micro-batch, or, where
    /// only ranks change places, two messages.
    @Test func changesOfStrategiesMoveActivations() throws {
        func seconds(_ strategies: [LayerStrategy], ranks: Int) throws -> Double {
            let planner = ParallelPlanner(
                profile: Clusters.profile(hosts: [ranks]), layers: Clusters.layers(2), budgetPerRank: 1 << 40)
            return try planner.predict(
                stages: [ParallelPlan.Stage(layers: 0..<2, ranks: 0..<ranks)], layers: strategies, batch: 8,
                microBatches: 2
            ).secondsAStep
        }
        func change(_ a: LayerStrategy, _ b: LayerStrategy) throws -> Double {
            let same = try seconds([a, a], ranks: a.ranks) + seconds([b, b], ranks: a.ranks)
            return try seconds([a, b], ranks: a.ranks) - same / 2
        }
        let boundary = Double(Clusters.layers(1)[0].boundaryBytes)
        let tensor = LayerStrategy(tensor: 2, data: 1)
        let data = LayerStrategy(tensor: 1, data: 2)
        let gather = 1e-5 + boundary * 4 / 4e9
        #expect(abs(try change(tensor, data) - 2 * gather) < 1e-12)
        #expect(abs(try change(data, tensor) - 2 * gather) < 1e-12)
        #expect(abs(try change(data, LayerStrategy(tensor: 1, data: 2, sharded: true))) < 1e-12)
        let near = LayerStrategy(tensor: 2, data: 2)
        let far = LayerStrategy(tensor: 2, data: 2, consecutive: false)
        let message = 2e-5 + boundary * 2 / 2e9
        #expect(abs(try change(near, far) - 2 * 2 * message) < 1e-12)
    }

    /// Stages hold as many micro-batches as there are stages from them on, and send on and back.
    @Test func stagesHoldAndSend() throws {
        let layers = Clusters.layers(3)
        let planner = ParallelPlanner(
            profile: Clusters.profile(hosts: [1, 1, 1]), layers: layers, budgetPerRank: 1 << 40)
        func predict(_ micro: Int) throws -> ParallelPlan {
            try planner.predict(
                stages: (0..<3).map { ParallelPlan.Stage(layers: $0..<$0 + 1, ranks: $0..<$0 + 1) },
                layers: Array(repeating: LayerStrategy(tensor: 1, data: 1), count: 3), batch: 8, microBatches: micro)
        }
        let kept = layers[0].activationBytes + layers[0].replicatedActivationBytes
        let states = layers[0].parameters * 16
        func bytes(_ sequences: Int, held: Int) -> Int {
            states + (kept * held + layers[0].transientBytes) * sequences
        }
        #expect(try predict(4).bytes == [bytes(2, held: 3), bytes(2, held: 2), bytes(2, held: 1)])
        #expect(try predict(2).bytes == [bytes(4, held: 2), bytes(4, held: 2), bytes(4, held: 1)])
        let forward = 1e-5 + (layers[0].denseOperations + 2 * layers[0].attentionOperations) * 2 / Clusters.speed
        let send = 2e-5 + Double(layers[0].boundaryBytes) * 2 / 0.2e9
        let schedule = PipelineSchedule(
            stages: [(send, 0.0), (send, send), (0, send)].map {
                PipelineSchedule.Stage(forward: forward + $0.0, backward: 2 * forward + $0.1, once: 0)
            }, microBatches: 4)
        #expect(abs(try predict(4).secondsAStep - schedule.seconds) < 1e-9)
    }

    /// Over two hosts, tensor parallel ranks should be neighbours: what crosses the slow link decides.
    @Test func groupsAcrossHostsAreSlower() throws {
        let planner = ParallelPlanner(
            profile: Clusters.profile(hosts: [2, 2]), layers: Clusters.layers(2), budgetPerRank: 1 << 40)
        let near = try predict(planner, LayerStrategy(tensor: 2, data: 2), batch: 8)
        let far = try predict(planner, LayerStrategy(tensor: 2, data: 2, consecutive: false), batch: 8)
        #expect(near.secondsAStep < far.secondsAStep)
        let layer = planner.layers[0]
        let parameters = layer.replicatedParameters + (layer.parameters - layer.replicatedParameters) / 2
        // The sums of gradients are slow in the one, those of activations in the other.
        let difference = Double(4 * layer.boundaryBytes * 4 - parameters * 4) * (1 / 0.2e9 - 1 / 2e9) * 2
        #expect(abs(far.secondsAStep - near.secondsAStep - difference) < 1e-9)
    }

    @Test func theSlowestHostDecides() throws {
        let even = Clusters.profile(hosts: [1, 1], speeds: [50e9, 50e9])
        let uneven = Clusters.profile(hosts: [1, 1], speeds: [50e9, 10e9])
        let strategy = LayerStrategy(tensor: 1, data: 2)
        func seconds(_ profile: ClusterProfile) throws -> Double {
            try predict(
                ParallelPlanner(profile: profile, layers: Clusters.layers(2), budgetPerRank: 1 << 40), strategy,
                batch: 8
            ).secondsAStep
        }
        #expect(try seconds(uneven) > 3 * seconds(even))
    }

    /// Numbers of ranks that were not measured are those of rings.
    @Test func otherNumbersOfRanksAreRings() throws {
        let planner = ParallelPlanner(
            profile: Clusters.profile(hosts: [4]), layers: Clusters.layers(1), budgetPerRank: 1 << 40)
        let parameters = Double(planner.layers[0].parameters * 4)
        let four = try predict(planner, LayerStrategy(tensor: 1, data: 4), batch: 8).secondsAStep
        var free = planner
        free.profile.overlap = 1
        let compute = try predict(free, LayerStrategy(tensor: 1, data: 4), batch: 800).secondsAStep
        #expect(compute > 0)
        // 2 (N - 1) messages of an N-th each.
        let sum = 6 * (1e-5 + parameters / 4 / 2e9)
        let operations = (planner.layers[0].denseOperations + 2 * planner.layers[0].attentionOperations) * 2
        #expect(abs(four - sum - 3 * (1e-5 + operations / Clusters.speed)) < 1e-9)
    }

    @Test func whatWasNotMeasuredIsNamed() {
        var profile = Clusters.profile(hosts: [1, 1])
        profile.collectives.removeAll { $0.acrossHosts && $0.kind == .reduceScatter }
        let planner = ParallelPlanner(profile: profile, layers: Clusters.layers(2), budgetPerRank: 1 << 40)
        #expect(
            throws: ParallelPlanningError.profile(
                "reduceScatter across hosts was not measured; it is needed among 2 ranks")
        ) { try planner.plan() }
        profile.hosts[0].forward = []
        #expect(
            throws: ParallelPlanningError.profile(
                "host host 0: no layer was timed; one forward pass at least is to be measured")
        ) {
            try ParallelPlanner(profile: profile, layers: Clusters.layers(2), budgetPerRank: 1 << 40).plan()
        }
        profile.version = 2
        #expect(throws: ParallelPlanningError.profile("version 2 of this page is unknown; version 1 is known")) {
            try ParallelPlanner(profile: profile, layers: Clusters.layers(2), budgetPerRank: 1 << 40).plan()
        }
    }

    private func predict(
        _ planner: ParallelPlanner, _ strategy: LayerStrategy, batch: Int, microBatches: Int = 1
    ) throws -> ParallelPlan {
        try planner.predict(
            stages: [ParallelPlan.Stage(layers: 0..<planner.layers.count, ranks: 0..<planner.profile.ranks)],
            layers: Array(repeating: strategy, count: planner.layers.count), batch: batch, microBatches: microBatches)
    }
}
