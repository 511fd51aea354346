/// One point after the other, on any processor.
struct PortableKernels: CurveKernels {
    /// At 64 the inversion costs 1 % of a ladder each.
    var run: Int { 64 }

    func multiply(
        _ points: UnsafeBufferPointer<Words>, by bits: LadderBits, from start: Int,
        into products: UnsafeMutableBufferPointer<Words>
    ) {
        withUnsafeTemporaryAllocation(of: FieldElement.self, capacity: 2 * points.count) { fractions in
            let numerators = UnsafeMutableBufferPointer(rebasing: fractions[..<points.count])
            let denominators = UnsafeMutableBufferPointer(rebasing: fractions[points.count...])
            bits.withRows(of: start..<start + points.count) { rows, stride in
                for (index, point) in points.enumerated() {
                    let (x, z) = MontgomeryLadder.multiply(
                        FieldElement(point), by: rows + index / 8 * stride, lane: index % 8, steps: bits.steps)
                    numerators.initializeElement(at: index, to: x)
                    denominators.initializeElement(at: index, to: z)
                }
            }
            // The point at infinity is the fraction X / 0, which comes out as 0.
            FieldElement.invert(denominators)
            for index in products.indices {
                products.initializeElement(at: index, to: (numerators[index] * denominators[index]).words)
            }
        }
    }

    func check(_ points: UnsafeBufferPointer<Words>, into faults: UnsafeMutableBufferPointer<UInt8>) {
        for index in faults.indices { faults.initializeElement(at: index, to: fault(of: points[index])) }
    }

    private func fault(of x: Words) -> UInt8 {
        let element = FieldElement(x)
        guard element.words == x else { return PointFault.notCanonical }
        // x^3 + 486662 x^2 + x = (x^2 + 486662 x + 1) x is a square on the curve; 0 only at x = 0, which has order 2.
        let square = (element.squared() + element.times(FieldElement.curveJ) + .one) * element
        return square.quadraticCharacter().isOneMask == 0 ? PointFault.notOnCurve : PointFault.sound
    }

    func map(_ numbers: UnsafeBufferPointer<WideWords>, into points: UnsafeMutableBufferPointer<Words>) {
        withUnsafeTemporaryAllocation(of: FieldElement.self, capacity: numbers.count) { denominators in
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: numbers.count) { squares in
                for (index, number) in numbers.enumerated() {
                    let (denominator, isSquare) = elligator(FieldElement(number))
                    denominators.initializeElement(at: index, to: denominator)
                    squares.initializeElement(at: index, to: isSquare)
                }
                FieldElement.invert(denominators)
                for index in points.indices {
                    let x1 = FieldElement.minusJ * denominators[index]
                    let x2 = FieldElement.minusJ - x1
                    let x = FieldElement.select(x1, else: x2, mask: squares[index])
                    points.initializeElement(at: index, to: x.words)
                }
            }
        }
    }

    /// Elligator 2 (RFC 9380, section 6.7.1; Z = 2, J = 486662, K = 1) up to its division.
    ///
    /// The two candidates are x1 = -J / d with d = 1 + 2 u^2, and x2 = -J - x1; exactly one of them is on the curve. Returns d, which
    /// is never 0 because -1/2 is not a square, and all ones where it is x1, else 0.
    private func elligator(_ u: FieldElement) -> (denominator: FieldElement, isSquare: UInt64) {
        let v = u.squared().times(2)
        let d = v + .one
        // x1^3 + J x1^2 + x1, times the square d^4: -J d (d^2 - J^2 v). Never 0, for J^2 - 4 is not a square.
        let square =
            FieldElement.minusJ * d * (d.squared() - v * FieldElement(FieldElement.curveJ * FieldElement.curveJ))
        return (d, square.quadraticCharacter().isOneMask)
    }
}

extension FieldElement {
    /// The curve's coefficient J, called A in RFC 7748.
    static let curveJ: UInt64 = 486_662

    static let minusJ = FieldElement(limbMask - 18 - curveJ, limbMask, limbMask, limbMask, limbMask)
}
