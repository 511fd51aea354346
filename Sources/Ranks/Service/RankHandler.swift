/// What a rank does at a request of one kind.
public struct RankHandler: Sendable {
    /// The work: this rank among the others, and the payload of the request. What rank 0 returns is the answer to the party; what the
    /// others return is dropped.
    public typealias Body = @Sendable (_ ranks: any Collectives, _ payload: [UInt8]) throws -> [UInt8]

    /// The same of long work: what rank 0 gives `note` goes to the party at once, which says whether it wants the work to go on. At
    /// other ranks it goes nowhere, and the answer is yes. Work that is to stop stops at all ranks alike, by throwing.
    public typealias NotingBody =
        @Sendable (
            _ ranks: any Collectives, _ payload: [UInt8], _ note: ([UInt8]) throws -> Bool
        ) throws -> [UInt8]

    let body: NotingBody
    let isForAll: Bool

    /// Every rank is given the payload.
    public static func everywhere(_ body: @escaping Body) -> RankHandler {
        RankHandler(body: { ranks, payload, _ in try body(ranks, payload) }, isForAll: true)
    }

    /// Every rank is given the payload, and rank 0 tells how it goes.
    public static func noting(_ body: @escaping NotingBody) -> RankHandler { RankHandler(body: body, isForAll: true) }

    /// Rank 0 is given the payload and the others an empty one: for what rank 0 itself deals out.
    public static func root(_ body: @escaping Body) -> RankHandler {
        RankHandler(body: { ranks, payload, _ in try body(ranks, payload) }, isForAll: false)
    }
}
