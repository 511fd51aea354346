/// How one end of a link ended, and who wants to know: the first ending stands, except that a smaller cause replaces an abort's.
package struct Ending {
    package typealias Observer = @Sendable (LinkError) -> Void

    package private(set) var error: LinkError?
    private var observers: [Observer] = []

    package init() {}

    /// Takes an ending. Returns the observers to tell, once no lock is held; nil where it changes nothing.
    package mutating func settle(_ ending: LinkError) -> [Observer]? {
        switch (error, ending) {
        case (nil, _): break
        case (.aborted(let old), .aborted(let new)) where new < old: break
        default: return nil
        }
        error = ending
        return observers
    }

    /// Adds an observer; where there is an ending already, the caller tells it.
    package mutating func add(_ observer: @escaping Observer) -> LinkError? {
        observers.append(observer)
        return error
    }

    /// Throws for an ending that lets nothing more be received; a closed link's last messages still may.
    package func checkForFailure() throws(LinkError) {
        switch error {
        case nil, .closed: break
        case let error?: throw error
        }
    }
}
