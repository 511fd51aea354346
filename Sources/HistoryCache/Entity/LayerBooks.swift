internal import Kernels
internal import ProductQuantisation

/// The code books of one layer of an entity, one for each head, and up to where codes are written.
struct LayerBooks {
    /// One for each head; empty before they are learned for the first time.
    var books: [Codebook] = []
    /// Which of the two sets of codes is theirs.
    var variant = 0
    /// Events before this one that were in sight have codes.
    var coded = 0
    /// Whether they differ from those that are committed.
    var isNew = false
}

/// Learns code books of a layer's keys, and writes codes.
struct Coder {
    let shape: CacheShape
    let pages: EntityPages
    let layer: Int
    /// The set of codes that is not committed: what is learned anew goes there, whatever happens before the commit.
    let spare: Int

    /// Brings code books and codes to where event `place` finds them, the events before it having been there one after the other.
    func advance(_ books: inout LayerBooks, to place: Int, from first: Int, iterations: IterationBudget) {
        for learning in shape.learningPlaces(in: first..<place + 1) {
            learn(&books, before: learning, iterations: iterations)
        }
        guard !books.books.isEmpty else { return }
        let middle = Visibility(of: place, shape).middle
        code(&books, max(books.coded, middle.lowerBound)..<middle.upperBound)
    }

    /// Learns from the events that event `place` chooses from, and writes all their codes.
    func learn(_ books: inout LayerBooks, before place: Int, iterations: IterationBudget) {
        let middle = Visibility(of: place, shape).middle
        guard !middle.isEmpty else { return }
        let keys = UnsafeMutablePointer<Float>.allocate(capacity: middle.count * shape.dimension)
        defer { keys.deallocate() }
        let count = iterations.iterations(count: middle.count, codebooks: shape.layers * shape.heads)
        books.books = (0..<shape.heads).map { head in
            gather(middle, head: head, into: keys)
            // One seed for all heads and layers: the same events begin.
            let start = books.books.isEmpty ? LearningStart.sampled(seed: UInt64(place)) : .warm(books.books[head])
            return Codebook(
                learning: UnsafePointer(keys), count: middle.count, stride: shape.dimension, shape.quantised,
                start: start,
                iterations: count)
        }
        (books.variant, books.isNew, books.coded) = (spare, true, middle.lowerBound)
        code(&books, middle)
    }

    private func gather(_ events: Range<Int>, head: Int, into keys: UnsafeMutablePointer<Float>) {
        var place = keys
        for (span, places) in events.spans {
            let rows = pages.rows(span, layer: layer) + head * shape.headFloats
            for event in places {
                place.update(from: rows + event * shape.pairWidth, count: shape.dimension)
                place += shape.dimension
            }
        }
    }

    /// Writes codes of events, and with the last of a span what follows from the whole of it.
    func code(_ books: inout LayerBooks, _ events: Range<Int>) {
        guard !events.isEmpty else { return }
        for (span, places) in events.spans {
            let rows = pages.rows(span, layer: layer) + places.lowerBound * shape.pairWidth
            for (head, book) in books.books.enumerated() {
                book.encode(
                    rows + head * shape.headFloats, count: places.count, stride: shape.pairWidth,
                    into: pages.codes(span, layer: layer, head: head, variant: books.variant), at: places.lowerBound)
            }
            if places.upperBound == CacheShape.span { sum(span) }
        }
        books.coded = events.upperBound
    }

    /// Writes the sums of a whole span's values, where they are used: added in the order of events, so that they have the same bits
    /// whenever that is done.
    private func sum(_ span: Int) {
        guard shape.rest == .estimated else { return }
        let (rows, sums) = (pages.rows(span, layer: layer), pages.sums(span, layer: layer))
        for head in 0..<shape.heads {
            let (values, sum) = (rows + head * shape.headFloats + shape.dimension, sums + head * shape.dimension)
            sum.update(repeating: 0, count: shape.dimension)
            for event in 0..<CacheShape.span {
                vectorKernels.add(values + event * shape.pairWidth, sum, shape.dimension, sum)
            }
        }
    }
}
