internal import CCurve25519

/// What is computed on a run of points at a time, by x-coordinates below 2^256. In constant time, except ``check(_:into:)``.
package protocol CurveKernels: Sendable {
    /// How many points make a good run: they share an inversion. A multiple of eight.
    var run: Int { get }

    /// Every point times its scalar, below p; 0 for the point at infinity.
    ///
    /// - Parameter start: The place of the first point among all that `bits` are for; a multiple of eight.
    func multiply(
        _ points: UnsafeBufferPointer<Words>, by bits: LadderBits, from start: Int,
        into products: UnsafeMutableBufferPointer<Words>)

    /// What a ``PointFault`` says of every coordinate.
    func check(_ points: UnsafeBufferPointer<Words>, into faults: UnsafeMutableBufferPointer<UInt8>)

    /// The points that Elligator 2 makes of numbers below 2^384, below p.
    func map(_ numbers: UnsafeBufferPointer<WideWords>, into points: UnsafeMutableBufferPointer<Words>)
}

/// What can be wrong with a coordinate that a peer sent.
package enum PointFault {
    /// Nothing: it is on the curve.
    package static let sound = UInt8(CC_SOUND)
    /// It is a number from p on.
    package static let notCanonical = UInt8(CC_NOT_CANONICAL)
    /// It is on the curve's twist, or 0.
    package static let notOnCurve = UInt8(CC_NOT_ON_CURVE)
}

/// Eight points at a time on AVX-512 IFMA.
struct IFMAKernels: CurveKernels, @unchecked Sendable {  // constant; C's function pointers know no `Sendable`
    let kernels: cc_kernels

    var run: Int { Int(CC_BATCH) }

    func multiply(
        _ points: UnsafeBufferPointer<Words>, by bits: LadderBits, from start: Int,
        into products: UnsafeMutableBufferPointer<Words>
    ) {
        guard let (from, to) = words(points, products) else { return }
        bits.withRows(of: start..<start + points.count) { rows, stride in
            kernels.multiply(to, from, points.count, rows, stride, bits.steps)
        }
    }

    func check(_ points: UnsafeBufferPointer<Words>, into faults: UnsafeMutableBufferPointer<UInt8>) {
        guard let from = points.baseAddress, let to = faults.baseAddress else { return }
        kernels.check(to, UnsafeRawPointer(from).assumingMemoryBound(to: UInt64.self), points.count)
    }

    func map(_ numbers: UnsafeBufferPointer<WideWords>, into points: UnsafeMutableBufferPointer<Words>) {
        guard let (from, to) = words(numbers, points) else { return }
        kernels.map(to, from, numbers.count)
    }

    /// Structures of words as the words that they are; nil where there are none.
    private func words<Input, Output>(
        _ inputs: UnsafeBufferPointer<Input>, _ outputs: UnsafeMutableBufferPointer<Output>
    ) -> (UnsafePointer<UInt64>, UnsafeMutablePointer<UInt64>)? {
        guard let inputs = inputs.baseAddress, let outputs = outputs.baseAddress else { return nil }
        return (
            UnsafeRawPointer(inputs).assumingMemoryBound(to: UInt64.self),
            UnsafeMutableRawPointer(outputs).assumingMemoryBound(to: UInt64.self)
        )
    }
}
