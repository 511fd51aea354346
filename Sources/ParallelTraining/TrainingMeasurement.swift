/// What a rank's part of a training took: to be held against what was planned.
public struct TrainingMeasurement: Hashable, Codable, Sendable {
    /// The rank.
    public var rank: Int
    /// Its stage of the pipeline.
    public var stage: Int
    /// Bytes of parameters, gradients and Adam's memory that it keeps: whole, or its shards.
    public var stateBytes: Int
    /// Bytes that hold a sharded segment's parameters and gradients while it is computed, one after the other.
    public var gatheredBytes: Int
    /// Bytes of arenas, exactly, for what is kept for the way back: of each segment as many as there are micro-batches under way.
    public var arenaBytes: Int
    /// Bytes that all segments work in, one at a time.
    public var workBytes: Int
    /// Bytes of the largest message.
    public var messageBytes: Int
    /// Of one step, the mean over all but the first.
    public var secondsAStep: Double
    /// Of these, sums over the ranks that share layers; waiting included, as in what follows.
    public var sumSeconds: Double
    /// Of these, gathering of shards, and scattering of their gradients.
    public var shardSeconds: Double
    /// Of these, sums of gradients over data ranks.
    public var gradientSeconds: Double
    /// Of these, rows from other segments; waiting for a pipeline's other stages shows here.
    public var crossingSeconds: Double
    /// Of these, the exchange of losses and lengths of gradients.
    public var agreementSeconds: Double
    /// Bytes of all steps that this rank handed over: of tensors that were summed or gathered, and of messages that it sent.
    public var exchangedBytes: Int

    /// Bytes in all.
    public var bytes: Int { stateBytes + gatheredBytes + arenaBytes + workBytes + messageBytes }
    /// Of one step, what was no exchange.
    public var computingSeconds: Double {
        secondsAStep - sumSeconds - shardSeconds - gradientSeconds - crossingSeconds - agreementSeconds
    }

    /// In the order above, to be sent.
    var numbers: [Double] {
        [
            Double(rank), Double(stage), Double(stateBytes), Double(gatheredBytes), Double(arenaBytes),
            Double(workBytes), Double(messageBytes), secondsAStep, sumSeconds, shardSeconds, gradientSeconds,
            crossingSeconds,
            agreementSeconds, Double(exchangedBytes),
        ]
    }

    init(numbers: [Double]) {
        (rank, stage) = (Int(numbers[0]), Int(numbers[1]))
        (stateBytes, gatheredBytes) = (Int(numbers[2]), Int(numbers[3]))
        (arenaBytes, workBytes, messageBytes) = (Int(numbers[4]), Int(numbers[5]), Int(numbers[6]))
        (secondsAStep, sumSeconds, shardSeconds) = (numbers[7], numbers[8], numbers[9])
        (gradientSeconds, crossingSeconds, agreementSeconds) = (numbers[10], numbers[11], numbers[12])
        exchangedBytes = Int(numbers[13])
    }
}
