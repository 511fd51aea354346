/// What Galvatron measures of a model and of the devices it is trained on, fitted for one length of sequences.
///
/// Units are those of its pages: megabytes are 2^20 bytes, times are in milliseconds.
public struct GalvatronProfile: Sendable {
    /// Galvatron's six pages of JSON, as they are.
    public struct Pages: Decodable, Sendable {
        /// Memory of a layer at one length of sequences.
        public struct LayerMemory: Decodable, Sendable {
            var parameter_size: Double
            var tp_activation_per_bsz_dict: [String: Double]
        }

        /// Memory of the embedding and the head at one length of sequences.
        public struct OtherMemory: Decodable, Sendable {
            var model_states: [String: Double]
            var activation: [String: Double]
        }

        /// `memory_profiling_*.json` of a model with one kind of layer, measured with sequence parallelism.
        public struct Memory: Decodable, Sendable {
            var layertype_0_sp: [String: LayerMemory]
            var other_memory_pp_off_sp: [String: OtherMemory]
            var other_memory_pp_on_first_sp: [String: OtherMemory]
            var other_memory_pp_on_last_sp: [String: OtherMemory]
        }

        var computation: [String: Double]
        var memory: Memory
        var allReduceBandwidth: [String: Double]
        var pointToPointBandwidth: [String: Double]
        var overlap: [String: Double]
        var collectiveTimes: [String: Double]
    }

    /// Memory of the embedding and the head by degree of parallelism.
    struct OtherMemory: Sendable {
        var states: [Int: Double]
        var activations: [Int: Double]
    }

    /// Times of messages between so many devices: as measured where a size was, else on the line through all sizes.
    struct MessageTimes: Sendable {
        var measured: [Double: Double]
        var slope: Double
        var constant: Double

        func milliseconds(megabytes: Double) -> Double { measured[megabytes] ?? slope * megabytes + constant }
    }

    /// Tokens of a sequence.
    let length: Int
    /// Elements of a token.
    let width: Int
    /// Of a layer, forward, for one sequence.
    let layerTime: Double
    /// Of the embedding and the head, forward, for one sequence.
    let otherTime: Double
    /// Megabytes of a layer's parameters.
    let parameters: Double
    /// Megabytes of a layer's activations for one sequence by degree of tensor or sequence parallelism.
    let activations: [Int: Double]
    /// The same if the layer is recomputed.
    let checkpoint: Double
    let otherAlone: OtherMemory
    let otherFirst: OtherMemory
    let otherLast: OtherMemory
    /// Milliseconds a megabyte of all-reduce among neighbours and among others, by number of devices.
    let neighbours: [Int: Double]
    let distant: [Int: Double]
    /// Milliseconds a megabyte between stages, by number of stages.
    let pointToPoint: [Int: Double]
    /// How much slower computing and sending become when they happen at the same time.
    let slowdown: Double
    let allGather: [Int: MessageTimes]
    let allToAll: [Int: MessageTimes]

    /// Fits the pages: computing is quadratic in the length of sequences for layers and linear for the rest, memory is
    /// proportional to it, and messages are linear in their bytes.
    ///
    /// - Parameters:
    ///   - pages: What was measured.
    ///   - length: Tokens of the sequences to train on.
    ///   - width: Elements of a token.
    ///   - devices: How many there are.
    /// - Throws: ``ParallelPlanningError/profile(_:)`` if something is not there.
    public init(_ pages: Pages, length: Int, width: Int, devices: Int) throws(ParallelPlanningError) {
        self.length = length
        self.width = width
        layerTime = try Self.time(pages.computation, "layertype_0_bsz1_seq", degree: 2, length)
        otherTime = try Self.time(pages.computation, "layertype_other_bsz1_seq", degree: 1, length)
        let lengths = pages.memory.layertype_0_sp.keys.compactMap { Int($0) }
        guard let shortest = lengths.min(), let longest = lengths.max(),
            let short = pages.memory.layertype_0_sp["\(shortest)"],
            let long = pages.memory.layertype_0_sp["\(longest)"],
            let checkpoint = long.tp_activation_per_bsz_dict["checkpoint"]
        else { throw .profile("no memory of layers by length of sequences") }
        func scaled(_ megabytes: Double) -> Double { megabytes / Double(longest) * Double(length) }
        func other(_ page: [String: Pages.OtherMemory]) throws(ParallelPlanningError) -> OtherMemory {
            guard let memory = page["\(longest)"] else {
                throw .profile("no memory of embedding and head for \(longest) tokens")
            }
            return OtherMemory(
                states: Self.byDegree(memory.model_states),
                activations: Self.byDegree(memory.activation).mapValues(scaled))
        }
        parameters = short.parameter_size
        activations = Self.byDegree(long.tp_activation_per_bsz_dict).mapValues(scaled)
        self.checkpoint = scaled(checkpoint)
        otherAlone = try other(pages.memory.other_memory_pp_off_sp)
        otherFirst = try other(pages.memory.other_memory_pp_on_first_sp)
        otherLast = try other(pages.memory.other_memory_pp_on_last_sp)
        (neighbours, distant) = try Self.allReduce(pages.allReduceBandwidth, devices: devices)
        pointToPoint = Self.byDegree(pages.pointToPointBandwidth, prefix: "pp_size_").mapValues { 1 / $0 }
        guard let slowdown = pages.overlap["overlap_coe"] else { throw .profile("no overlap_coe") }
        self.slowdown = slowdown
        // Half of an all-reduce is taken for an all-gather.
        allGather = try Self.messageTimes(pages.collectiveTimes, "allreduce", factor: 0.5)
        allToAll = try Self.messageTimes(pages.collectiveTimes, "all2all", factor: 1)
    }
}

extension GalvatronProfile {
    private static func byDegree(_ page: [String: Double], prefix: String = "") -> [Int: Double] {
        var degrees: [Int: Double] = [:]
        for (key, value) in page where key.hasPrefix(prefix) {
            if let degree = Int(key.dropFirst(prefix.count)) { degrees[degree] = value }
        }
        return degrees
    }

    private static func time(
        _ page: [String: Double], _ prefix: String, degree: Int, _ length: Int
    ) throws(ParallelPlanningError) -> Double {
        let times = byDegree(page, prefix: prefix).sorted { $0.key < $1.key }
        func powers(_ x: Double) -> [Double] { degree == 2 ? [x * x, x, 1] : [x, 1] }
        guard let fit = LeastSquares.fit(times.map { powers(Double($0.key)) }, times.map(\.value)) else {
            throw .profile("'\(prefix)*' has \(times.count) lengths of sequences, \(degree + 1) at least are needed")
        }
        return zip(fit, powers(Double(length))).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// By number of devices: those of the whole machine are neighbours in any order.
    private static func allReduce(
        _ page: [String: Double], devices: Int
    ) throws(ParallelPlanningError) -> (neighbours: [Int: Double], distant: [Int: Double]) {
        var (neighbours, distant) = ([1: 0.0], [1: 0.0])
        var count = devices
        while count >= 2 {
            guard let near = page["allreduce_size_\(count)_consec_1"],
                let far = page["allreduce_size_\(count)_consec_\(count == devices ? 1 : 0)"]
            else { throw .profile("no bandwidth of all-reduce among \(count) devices") }
            neighbours[count] = 1 / near
            distant[count] = 1 / far
            count /= 2
        }
        return (neighbours, distant)
    }

    private static func messageTimes(
        _ page: [String: Double], _ kind: String, factor: Double
    ) throws(ParallelPlanningError) -> [Int: MessageTimes] {
        var measured: [Int: [Double: Double]] = [:]
        for (key, milliseconds) in page {
            // Such as allreduce_size_8_16MB_time.
            let words = key.split(separator: "_")
            guard words.count == 5, words[0] == kind, words[3].hasSuffix("MB"), let devices = Int(words[2]),
                let megabytes = Double(words[3].dropLast(2))
            else { continue }
            measured[devices, default: [:]][megabytes] = milliseconds * factor
        }
        var times: [Int: MessageTimes] = [:]
        for (devices, sizes) in measured {
            let ordered = sizes.sorted { $0.key < $1.key }
            guard let line = LeastSquares.fit(ordered.map { [$0.key, 1] }, ordered.map(\.value)) else {
                throw .profile("times of \(kind) among \(devices) devices need two sizes at least")
            }
            times[devices] = MessageTimes(measured: sizes, slope: line[0], constant: line[1])
        }
        return times
    }
}
