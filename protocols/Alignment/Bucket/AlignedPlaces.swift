/// What one bucket gives a party: the places, in its own list, of the rows that the job runs on, in the order that all share.
public struct AlignedPlaces: Hashable, Sendable {
    /// Where the leader alone learns the result, `nil` for a row that this party does not have: at the leader a decoy, at the member
    /// padding that was taken for one. Such a row is all zeros.
    public var places: [Int?]
    /// At the leader, the member's tags where they are to be kept, in their order.
    public var tags: [UInt8]?

    init(_ places: [Int?], tags: [UInt8]? = nil) { (self.places, self.tags) = (places, tags) }
}
