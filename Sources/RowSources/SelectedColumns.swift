/// Some columns of a source, in an order of one's own: what the others hold is read past.
public struct SelectedColumns: RowSource {
    private var source: any RowSource
    private let places: [Int]
    private var whole = Row()

    /// The names of the columns that are left.
    public let columns: [String]

    public var name: String { source.name }
    public var unit: RowUnit { source.unit }

    /// - Parameter places: Which of the source's columns, counted from 0, each at most once.
    public init(_ source: any RowSource, places: [Int]) {
        (self.source, self.places) = (source, places)
        columns = places.map { source.columns[$0] }
    }

    public mutating func next(_ row: inout Row) throws(RowSourceError) -> Bool {
        guard try source.next(&whole) else { return false }
        row.begin(whole.number)
        for place in places { row.append(whole[place]) }
        return true
    }
}
