/// What was measured of the machines that an organisation trains on: one page of JSON.
///
/// Ranks are numbered host by host. What is not measured is not guessed: a plan that needs it ends with an error that
/// says what to measure.
public struct ClusterProfile: Hashable, Codable, Sendable {
    /// One machine.
    public struct Host: Hashable, Codable, Sendable {
        /// For people.
        public var name: String
        /// Processor cores.
        public var cores: Int
        /// Of the whole machine; its ranks share it.
        public var memoryBytes: Int
        /// Ranks (processes) at it.
        public var ranks: Int
        /// Layers, timed at one of its ranks while all of them computed.
        public var forward: [ComputeSample]

        /// A machine with what was measured at it.
        public init(name: String, cores: Int, memoryBytes: Int, ranks: Int, forward: [ComputeSample]) {
            self.name = name
            self.cores = cores
            self.memoryBytes = memoryBytes
            self.ranks = ranks
            self.forward = forward
        }
    }

    /// A collective among some ranks: seconds = `latency` + `secondsAByte` * bytes of the whole array that it is about,
    /// which is the sum of all parts where it has parts.
    public struct Collective: Hashable, Codable, Sendable {
        /// What ranks do together.
        public enum Kind: String, Hashable, Codable, CaseIterable, Sendable {
            /// All have the sum of their arrays.
            case allReduce
            /// All have the parts of all.
            case allGather
            /// Each has its part of the sum of their arrays.
            case reduceScatter
            /// One rank's array goes to another one.
            case pointToPoint
        }

        /// What they do.
        public var kind: Kind
        /// How many ranks; two for messages from one to another.
        public var ranks: Int
        /// Not all of them are at one host.
        public var acrossHosts: Bool
        /// Seconds of a message without bytes.
        public var latency: Double
        /// One over the bandwidth.
        public var secondsAByte: Double

        /// A collective with its two numbers.
        public init(kind: Kind, ranks: Int, acrossHosts: Bool = false, latency: Double, secondsAByte: Double) {
            self.kind = kind
            self.ranks = ranks
            self.acrossHosts = acrossHosts
            self.latency = latency
            self.secondsAByte = secondsAByte
        }

        /// The line through some measurements, by least squares, with no number below zero.
        ///
        /// - Parameter samples: Bytes and seconds; two different sizes at least.
        /// - Throws: ``ParallelPlanningError/profile(_:)`` if there are fewer.
        public init(
            kind: Kind, ranks: Int, acrossHosts: Bool = false, samples: [(bytes: Int, seconds: Double)]
        ) throws(ParallelPlanningError) {
            let sizes = samples.map { Double($0.bytes) }
            guard let line = LeastSquares.fit(sizes.map { [1, $0] }, samples.map(\.seconds)) else {
                throw .profile("\(kind.rawValue) among \(ranks) ranks: two sizes at least are to be measured")
            }
            let proportional = LeastSquares.fit(sizes.map { [$0] }, samples.map(\.seconds))?[0] ?? 0
            let mean = samples.reduce(0) { $0 + $1.seconds } / Double(samples.count)
            let (latency, slope) =
                line[0] < 0 ? (0, max(0, proportional)) : line[1] < 0 ? (max(0, mean), 0) : (line[0], line[1])
            self.init(kind: kind, ranks: ranks, acrossHosts: acrossHosts, latency: latency, secondsAByte: slope)
        }

        /// - Parameter bytes: Of the whole array.
        public func seconds(bytes: Double) -> Double { latency + secondsAByte * bytes }
    }

    /// Of this page.
    public var version = 1
    /// With their ranks, in order.
    public var hosts: [Host]
    /// By kind, number of ranks and place.
    public var collectives: [Collective]
    /// How many times as long the way back takes as the way forward, without recomputation.
    public var backwardFactor = 2.0
    /// Seconds that the optimiser takes for each parameter.
    public var updateSecondsAParameter = 0.0
    /// Which part of the sum of gradients over data parallel ranks happens while the way back computes: 0 where
    /// processors' cores move the bytes, as they do in plain message passing.
    public var overlap = 0.0

    /// A cluster in which the way back takes twice the way forward, updates are free and nothing overlaps, until it is
    /// set.
    public init(hosts: [Host], collectives: [Collective] = []) {
        self.hosts = hosts
        self.collectives = collectives
    }

    /// All ranks.
    public var ranks: Int { hosts.reduce(0) { $0 + $1.ranks } }

    /// Which host a rank is at.
    public func host(of rank: Int) -> Int {
        var first = 0
        for (index, host) in hosts.enumerated() {
            first += host.ranks
            if rank < first { return index }
        }
        preconditionFailure("rank \(rank) of \(ranks)")
    }

    /// Ends with an error that says what cannot be.
    func check() throws(ParallelPlanningError) {
        guard version == 1 else { throw .profile("version \(version) of this page is unknown; version 1 is known") }
        guard ranks > 0 else { throw .profile("there are no ranks") }
        for host in hosts {
            guard host.ranks >= 0, host.memoryBytes > 0 else {
                throw .profile("host \(host.name): \(host.ranks) ranks, \(host.memoryBytes) bytes")
            }
        }
        guard backwardFactor > 0, backwardFactor.isFinite, updateSecondsAParameter >= 0,
            updateSecondsAParameter.isFinite, (0...1).contains(overlap)
        else {
            throw .profile(
                "backwardFactor \(backwardFactor), updateSecondsAParameter \(updateSecondsAParameter), "
                    + "overlap \(overlap)"
            )
        }
        for collective in collectives {
            guard collective.ranks > 1, collective.latency >= 0, collective.latency.isFinite,
                collective.secondsAByte >= 0, collective.secondsAByte.isFinite
            else {
                throw .profile("\(collective.kind.rawValue) among \(collective.ranks) ranks has impossible numbers")
            }
        }
    }

    /// The collective among so many ranks.
    ///
    /// A number of ranks that was not measured is taken from the nearest one that was, as rings have it: `latency` in
    /// proportion to ranks - 1, `secondsAByte` to (ranks - 1) / ranks.
    func collective(
        _ kind: Collective.Kind, ranks: Int, acrossHosts: Bool
    ) throws(ParallelPlanningError) -> Collective {
        let measured = collectives.filter { $0.kind == kind && $0.acrossHosts == acrossHosts }
        func distance(_ other: Collective) -> Int { abs(other.ranks - ranks) }
        guard let nearest = measured.min(by: { (distance($0), $0.ranks) < (distance($1), $1.ranks) }) else {
            let place = acrossHosts ? "across hosts" : "within a host"
            throw .profile("\(kind.rawValue) \(place) was not measured; it is needed among \(ranks) ranks")
        }
        guard kind != .pointToPoint, nearest.ranks != ranks else { return nearest }
        let (own, other) = (Double(ranks), Double(nearest.ranks))
        var scaled = nearest
        scaled.ranks = ranks
        scaled.latency *= (own - 1) / (other - 1)
        scaled.secondsAByte *= (own - 1) / own / ((other - 1) / other)
        return scaled
    }
}
