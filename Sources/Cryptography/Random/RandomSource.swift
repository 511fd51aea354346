/// Where a party's masks come from: independent streams of random bytes by name.
///
/// A name says what its bytes are for (layer, attempt, round, step, direction) and is good once. That is the guarantee that masking
/// rests on: no mask is ever used twice, whatever the caller's control flow does.
public protocol RandomSource: AnyObject, Sendable {
    /// The stream of this name.
    ///
    /// - Throws: ``RandomError/nameUsedTwice(_:)`` where the name was asked for before, by any thread.
    func stream(_ name: String) throws(RandomError) -> RandomStream
}

/// Why a stream of random bytes was refused.
public enum RandomError: Error, Equatable {
    /// This name's stream was handed out before. Names are public.
    case nameUsedTwice(String)
}

extension RandomError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .nameUsedTwice(let name): "The random stream \(name) was asked for twice; a mask would repeat."
        }
    }
}
