/// How old the parameters may be that compute gets from a ``LayerUpdater``.
public enum Staleness: Hashable, Sendable {
    /// A layer's parameters hold every gradient that was given for it, each applied by a step of its own: the bits of an
    /// optimiser in memory. Compute waits for the disk where it cannot be hidden behind other layers.
    case synchronous
    /// At most so many gradients are missing in a layer's parameters, at least 1; compute waits where it would be more.
    case bounded(Int)
    /// Compute never waits for the disk. What arrives while an update is under way is added up.
    case free

    /// The most gradients that may be missing; nil for any number.
    public var bound: Int? {
        switch self {
        case .synchronous: 0
        case .bounded(let most): most
        case .free: nil
        }
    }
}
