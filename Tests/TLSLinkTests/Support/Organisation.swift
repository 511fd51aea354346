import Cryptography
import Link
import NIOCore
import Specification
import TLSLink

/// A party with its key and its door.
struct Organisation: Sendable {
    let party: Party
    let identity: Identity

    init(
        _ name: String, validFrom: Int? = nil, validFor: Int = Identity.defaultValidity, issuer: Identity? = nil
    ) throws {
        party = try Party(name)
        identity = try Identity.make(name: name, validFrom: validFrom, validFor: validFor, issuer: issuer)
    }

    /// An endpoint that pins these partners. Its farewells are short, so that tests are.
    func endpoint(
        pinning partners: [Organisation], as party: Party? = nil, timings: TLSTimings = .quick,
        on group: (any EventLoopGroup)? = nil, onRejected: @escaping @Sendable (Rejection) -> Void = { _ in }
    ) throws -> TLSEndpoint {
        let pins = partners.map { ($0.party, [$0.identity.certificate]) }
        return try TLSEndpoint(
            identity: identity, party: party ?? self.party, pins: Dictionary(uniqueKeysWithValues: pins),
            timings: timings, on: group, onRejected: onRejected)
    }
}

extension TLSTimings {
    /// As in earnest, save for the pauses after farewells.
    static var quick: TLSTimings {
        var timings = TLSTimings()
        timings.linger = 0.1
        return timings
    }
}

extension Wait {
    /// Longer than anything here takes on a busy machine.
    static let ample = Wait("the other side of a test", seconds: 60)
}

/// What an endpoint reports, for a test to wait for.
final class Journal: Sendable {
    private let rejections = Monitor<[Rejection]>([])

    var record: @Sendable (Rejection) -> Void {
        { rejection in self.rejections.withLock { $0.append(rejection) } }
    }

    /// The first report, as soon as there is one.
    func first() -> TLSFailure? {
        rejections.wait(until: .now + .seconds(30)) { $0.first?.failure }
    }
}
