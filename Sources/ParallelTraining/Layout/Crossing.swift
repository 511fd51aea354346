/// How rows get from the ranks that have them to those that need them: activations from one segment to the next, gradients back.
///
/// Neighbouring segments have other ranks (a pipeline), or deal histories otherwise among the same ones. A rank takes what it has
/// itself; everything else comes in one message from each rank that is asked. Ranks that share layers all have the rows, so those that
/// need them ask different ones.
struct Crossing {
    struct Message: Hashable {
        let sender: Int
        let receiver: Int
        /// Places among the windows of the step.
        var windows: [Int]
    }

    /// What this rank has and needs.
    private(set) var own: [Int] = []
    /// What it sends and receives, in an order that all ranks agree on: sends that wait for their receives do not block each other.
    private(set) var messages: [Message] = []

    /// - Parameter parts: of each segment, the windows of each of its data ranks.
    init(
        at rank: Int, from source: Segment, _ sourceParts: [[Int]], to target: Segment, _ targetParts: [[Int]]
    ) {
        var holder: [Int: Int] = [:]
        for (part, windows) in sourceParts.enumerated() { for window in windows { holder[window] = part } }
        var found: [[Int]: Message] = [:]
        for receiver in target.ranks {
            for window in targetParts[target.dataPlace(of: receiver)] {
                guard let part = holder[window] else { preconditionFailure("both segments have every window") }
                let isOwn = source.ranks.contains(receiver) && source.dataPlace(of: receiver) == part
                let place = target.tensorPlace(of: receiver) % source.strategy.tensor
                let sender = isOwn ? receiver : source.rank(tensor: place, data: part)
                if sender == receiver {
                    if receiver == rank { own.append(window) }
                } else if sender == rank || receiver == rank {
                    found[[sender, receiver], default: .init(sender: sender, receiver: receiver, windows: [])]
                        .windows.append(window)
                }
            }
        }
        messages = found.values.sorted { ($0.sender, $0.receiver) < ($1.sender, $1.receiver) }
    }
}
