internal import CVole

/// An element of F = GF(2^128): bit i of the 128-bit number is the coefficient of X^i modulo X^128 + X^7 + X^2 + X + 1.
///
/// The polynomial is that of GCM (NIST SP 800-38D), whose order of bits is the reverse. All operations take constant time. In bytes,
/// 16 of them, little-endian.
package struct BinaryElement: Hashable, Sendable {
    /// The length of an element in bytes.
    package static let byteCount = 16

    /// The coefficients of 1 to X^63 and of X^64 to X^127.
    package var low, high: UInt64

    @inline(__always)
    package init(low: UInt64 = 0, high: UInt64 = 0) {
        (self.low, self.high) = (low, high)
    }

    /// The sum, which is the difference too.
    @inline(__always)
    package static func + (left: BinaryElement, right: BinaryElement) -> BinaryElement {
        BinaryElement(low: left.low ^ right.low, high: left.high ^ right.high)
    }

    @inline(__always)
    package static func += (left: inout BinaryElement, right: BinaryElement) { left = left + right }

    package static func * (left: BinaryElement, right: BinaryElement) -> BinaryElement { left.times(right) }

    /// The product, computed on `path`.
    package func times(_ other: BinaryElement, path: VolePath = .fastest) -> BinaryElement {
        var product = (low, high)
        withUnsafeMutablePointer(to: &product) { product in
            product.withMemoryRebound(to: UInt64.self, capacity: 2) { product in
                withUnsafePointer(to: (other.low, other.high)) { other in
                    other.withMemoryRebound(to: UInt64.self, capacity: 2) {
                        path.kernels.multiply(product, product, $0)
                    }
                }
            }
        }
        return BinaryElement(low: product.0, high: product.1)
    }

    /// The product with X.
    @inline(__always)
    package var timesX: BinaryElement {
        BinaryElement(low: low &<< 1 ^ (cv_mask(high &>> 63) & 0x87), high: high &<< 1 | low &>> 63)
    }

    /// The element where `mask` is all ones, 0 where it is 0.
    @inline(__always)
    func masked(_ mask: UInt64) -> BinaryElement { BinaryElement(low: low & mask, high: high & mask) }
}

extension SecretWords {
    /// `count` elements of zero, two words each.
    package convenience init(elements count: Int) { self.init(count: 2 * count) }

    /// Element `index` of a vector of elements.
    package subscript(element index: Int) -> BinaryElement {
        get { withUnsafeWords { BinaryElement(low: $0[2 * index], high: $0[2 * index + 1]) } }
        set { withUnsafeWords { ($0[2 * index], $0[2 * index + 1]) = (newValue.low, newValue.high) } }
    }
}

extension SecretWords {
    /// Adds `factor` x to each element, for elements x of degree below 64, one word each.
    package func addProducts(of x: [UInt64], by factor: BinaryElement, path: VolePath = .fastest) {
        precondition(2 * x.count <= count, "an element for each factor")
        withUnsafeWords { words in
            guard let start = words.baseAddress else { return }
            path.kernels.add_products(start, x, x.count, [factor.low, factor.high])
        }
    }

    /// Adds `value` to the word at `index` of a range of words, in a time and at addresses that do not depend on the index.
    func add(_ value: UInt64, at index: UInt64, in range: Range<Int>) {
        withUnsafeWords { words in
            guard let start = words.baseAddress else { return }
            withUnsafePointer(to: value) { cv_add_at(start + range.lowerBound, 1, range.count, index, $0) }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The element in the 16 bytes at `offset`.
    @inline(__always)
    func element(at offset: Int) -> BinaryElement {
        BinaryElement(
            low: UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
            high: UInt64(littleEndian: loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes an element to the 16 bytes at `offset`.
    @inline(__always)
    func store(_ element: BinaryElement, at offset: Int) {
        storeBytes(of: element.low.littleEndian, toByteOffset: offset, as: UInt64.self)
        storeBytes(of: element.high.littleEndian, toByteOffset: offset + 8, as: UInt64.self)
    }
}
