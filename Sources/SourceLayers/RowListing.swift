package import Arithmetic
public import Cryptography
package import Specification

/// Which rows of a large table, or of large weights, a round computes with: the only ones that travel, and that it moves.
package struct RowListing: Hashable, Sendable {
    /// In ascending order.
    package let rows: [Int]

    /// A party's own list.
    ///
    /// - Parameters:
    ///   - count: How many the layer lists in every round.
    ///   - all: How many there are.
    /// - Throws: ``SourceLayerError/invalidListing(_:)``.
    package init(_ rows: [Int], count: Int, of all: Int) throws(SourceLayerError) {
        if let problem = Self.problem(rows, count: count, of: all) { throw .invalidListing(problem) }
        self.rows = rows
    }

    /// What is wrong with a list, in sizes.
    fileprivate static func problem(_ rows: [Int], count: Int, of all: Int) -> String? {
        guard rows.count == count else { return "\(rows.count) rows, not \(count)" }
        var next = 0
        for row in rows {
            guard row >= next, row < all else { return "rows that do not ascend within 0 to \(all - 1)" }
            next = row + 1
        }
        return nil
    }

    /// The row's place in the list.
    ///
    /// - Throws: ``SourceLayerError/invalidListing(_:)`` where it is not listed.
    package func place(of row: Int) throws(SourceLayerError) -> Int {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle] < row { low = middle + 1 } else { high = middle }
        }
        guard low < rows.count, rows[low] == row else { throw .invalidListing("the batch needs a row that it lacks") }
        return low
    }

    /// The listed columns of a batch.
    ///
    /// - Throws: ``SourceLayerError/invalidListing(_:)`` where another one holds anything but zeros.
    package func columns(of batch: SparseMatrix<Int64>) throws(SourceLayerError) -> SparseMatrix<Int64> {
        var selected: [[SparseMatrix<Int64>.Place]] = []
        for row in 0..<batch.rows {
            var places: [SparseMatrix<Int64>.Place] = []
            for place in batch.row(row) where place.value != 0 {
                places.append(.init(try self.place(of: place.column), place.value))
            }
            selected.append(places)
        }
        return SparseMatrix(columns: rows.count, rows: selected)
    }
}

extension Matrix {
    /// Some rows, in the order given.
    package func selecting(_ rows: [Int]) -> Matrix {
        var elements: [Element] = []
        elements.reserveCapacity(rows.count * columns)
        for row in rows { elements.append(contentsOf: self.row(row)) }
        return Matrix(rows: rows.count, columns: columns, elements: elements)
    }
}

/// A message of row numbers: 32 bits each, big-endian, ascending.
package struct RowListMessage: Sendable {
    let header: FrameHeader
    let sender: Party
    let all: Int

    package func frame(_ listing: RowListing) -> Frame {
        var writer = CanonicalWriter()
        for row in listing.rows { writer.integer(UInt32(row)) }
        return Frame(header: header, payload: writer.bytes)
    }

    /// The list in a frame that a peer says is this message: as many rows as agreed, ascending, each in the table.
    package func listing(_ frame: Frame, from peer: Party) throws(ProtocolViolation) -> RowListing {
        try frame.require(header, of: sender, from: peer)
        let count = header.shape[0]
        var reader = CanonicalReader(frame.payload)
        var rows: [Int] = []
        do {
            for _ in 0..<count { rows.append(Int(try reader.integer(UInt32.self))) }
            try reader.end()
            return try RowListing(rows, count: count, of: all)
        } catch let error as SpecificationError {
            throw ProtocolViolation(header, from: peer, expected: "4 bytes a row", found: error.description)
        } catch {
            throw ProtocolViolation(
                header, from: peer, expected: "\(count) ascending rows of \(all)", found: "another list")
        }
    }
}

/// Lists for layers in which not all rows travel.
public enum RowList {
    /// What a round touches, and decoys beside it, so that every list has the same size: uniform among all other rows, each at
    /// most once. In ascending order.
    ///
    /// It hides which of its rows were touched no better than its decoys are many: in one round by itself; over rounds, rows that are
    /// touched often are listed more often than others.
    ///
    /// - Parameters:
    ///   - count: Rows of the list.
    ///   - all: Rows that there are.
    ///   - stream: Used up by the decoys.
    /// - Throws: ``SourceLayerError/invalidListing(_:)`` where more than `count` rows are touched, or one that is not there.
    public static func covering(
        _ touched: Set<Int>, count: Int, of all: Int, decoysFrom stream: RandomStream
    ) throws(SourceLayerError) -> [Int] {
        guard touched.count <= count, count <= all, touched.allSatisfy((0..<all).contains) else {
            throw .invalidListing("\(touched.count) rows touched of \(all), where \(count) are listed")
        }
        // Floyd's sample of the places that the untouched rows have among themselves.
        let others = all - touched.count
        var places: Set<Int> = []
        for last in others - (count - touched.count)..<others {
            let word = stream.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let place = Int(word.multipliedFullWidth(by: UInt64(last + 1)).high)
            if !places.insert(place).inserted { places.insert(last) }
        }
        // Every touched row moves the untouched ones behind it by one.
        let ascending = touched.sorted()
        var (rows, passed) = (ascending, 0)
        for place in places.sorted() {
            while passed < ascending.count, ascending[passed] <= place + passed { passed += 1 }
            rows.append(place + passed)
        }
        return rows.sorted()
    }
}
