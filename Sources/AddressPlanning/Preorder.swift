/// A static order of buffers, the most unwieldy first, that decides between those that can start at the same offset.
///
/// Which order leads to a plan soonest differs from problem to problem, so that the search takes turns with three:
/// MiniMalloc's.
enum Preorder: CaseIterable {
    case widthAreaTotal
    case totalAreaWidth
    case totalWidthArea

    /// What the orders look at.
    struct Measures {
        let buffer: Int32
        /// How long it lives.
        let width: Double
        /// Its width times its size.
        let area: Double
        /// The most that waits to be placed in one of its sections.
        let total: Double
    }

    func isBefore(_ one: Measures, _ other: Measures) -> Bool {
        let (keys, others) = (keys(one), keys(other))
        return keys == others ? one.buffer < other.buffer : keys > others
    }

    private func keys(_ measures: Measures) -> (Double, Double, Double) {
        switch self {
        case .widthAreaTotal: (measures.width, measures.area, measures.total)
        case .totalAreaWidth: (measures.total, measures.area, measures.width)
        case .totalWidthArea: (measures.total, measures.width, measures.area)
        }
    }
}
