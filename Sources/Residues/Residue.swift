package import Arithmetic

/// A residue modulo n^2 as its canonical digits in radix n. It does not know its modulus; who holds it does.
package struct Residue: Hashable, Sendable {
    /// A row: see ``RadixModulus``.
    let words: [UInt64]

    init(words: [UInt64]) { self.words = words }
}

extension RadixModulus {
    /// A number below n^2 as digits.
    package func residue(_ value: Integer) -> Residue {
        let row = LimbBuffer(words: rowWords)
        write(value, to: row.start)
        return Residue(row.start, count: rowWords)
    }

    /// The number below n^2 that the digits stand for.
    package func integer(_ residue: Residue) -> Integer {
        integer(row(residue).start)
    }

    /// The residue modulo n.
    package func lowerDigit(_ residue: Residue) -> Integer {
        Integer(limbs: row(residue).start, count: limbs)
    }

    /// Bytes of a residue as its digits: more than of the number, and next to nothing to do for it.
    package var digitBytes: Int { 16 * limbs }

    /// The digits of residues one behind the other, in limbs of 52 bits, each in eight bytes, the lowest first: the same on all paths.
    package func digits(_ residues: [Residue]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: residues.count * digitBytes) { bytes, count in
            for residue in residues {
                precondition(residue.words.count == rowWords, "a residue of this modulus")
                residue.words.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[count...])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<digitBytes]))
                }
                count += digitBytes
            }
        }
    }

    /// Reads the digits of one residue.
    ///
    /// - Returns: nil for what are no digits below n.
    package func residue(digits bytes: UnsafeRawBufferPointer) -> Residue? {
        precondition(bytes.count == digitBytes, "two digits")
        var words = [UInt64](repeating: 0, count: rowWords)
        words.withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
        return isDigit(words[..<limbs]) && isDigit(words[limbs..<2 * limbs]) ? Residue(words: words) : nil
    }

    private func row(_ residue: Residue) -> LimbBuffer {
        precondition(residue.words.count == rowWords, "a residue of this modulus")
        let row = LimbBuffer(words: rowWords)
        row.start.write(residue.words)
        return row
    }

    /// The product of the lower digits of some residues, up to a power of R: it has a factor in common with n exactly if one
    /// of them has.
    package func productOfLowerDigits(_ residues: [Residue]) -> Integer {
        let (product, factor) = (makeBlock(), makeBlock())
        let rows = LaneRows(self)
        for first in stride(from: 0, to: residues.count, by: Self.lanes) {
            let block = first == 0 ? product : factor
            rows.load(residues[first..<min(first + Self.lanes, residues.count)], into: block.start)
            if first > 0 { reduceProduct(product.start, product.start, factor.start) }
        }
        rows.store(product.start)
        return (0..<Self.lanes).reduce(Integer(1)) { $0 * Integer(limbs: rows[$1], count: limbs) }
    }
}

extension Residue {
    fileprivate init(_ row: Limbs, count: Int) {
        self.init(words: row.withPointer { Array(UnsafeBufferPointer(start: $0, count: count)) })
    }
}

extension Limbs {
    fileprivate func write(_ words: [UInt64]) {
        withPointer { target in
            words.withUnsafeBufferPointer { words in
                if let start = words.baseAddress { target.update(from: start, count: words.count) }
            }
        }
    }
}

/// Eight rows, one for each lane, on their way into a block or out of it.
final class LaneRows {
    private let modulus: RadixModulus
    private let memory: LimbBuffer

    init(_ modulus: RadixModulus) {
        self.modulus = modulus
        memory = LimbBuffer(words: RadixModulus.lanes * modulus.rowWords)
    }

    /// The row of a lane.
    subscript(lane: Int) -> Limbs { memory.start + lane * modulus.rowWords }

    /// Makes a block of what the rows hold.
    func load(into block: Limbs) {
        memory.start.withPointer { start in
            modulus.gather(LanePointers { UnsafePointer(start + $0 * modulus.rowWords) }, into: block)
        }
    }

    /// Makes a block of at most eight residues; further lanes hold the first.
    func load(_ residues: ArraySlice<Residue>, into block: Limbs) {
        for lane in 0..<RadixModulus.lanes {
            let residue = lane < residues.count ? residues[residues.startIndex + lane] : residues[residues.startIndex]
            precondition(residue.words.count == modulus.rowWords, "a residue of this modulus")
            self[lane].write(residue.words)
        }
        load(into: block)
    }

    /// Takes the elements of a block apart.
    func store(_ block: Limbs) {
        memory.start.withPointer { start in
            modulus.scatter(block, to: (0..<RadixModulus.lanes).map { start + $0 * modulus.rowWords })
        }
    }

    /// The first residues of a block of canonical elements.
    func residues(_ block: Limbs, count: Int) -> [Residue] {
        store(block)
        return (0..<count).map { lane in
            // What fills a row up came from behind the block's numbers.
            (self[lane] + 2 * modulus.limbs).clear(modulus.rowWords - 2 * modulus.limbs)
            return Residue(self[lane], count: modulus.rowWords)
        }
    }
}
