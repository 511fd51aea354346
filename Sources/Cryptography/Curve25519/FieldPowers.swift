extension FieldElement {
    /// `self` to the power 2^`count`.
    @inline(__always)
    private func squared(times count: Int) -> FieldElement {
        var power = squared()
        for _ in 1..<count { power = power.squared() }
        return power
    }

    /// (`self` to 2^250 - 1, to 11): what the two powers below share, in 10 products and 249 squares.
    private func powers() -> (ones250: FieldElement, eleventh: FieldElement) {
        let second = squared()
        let ninth = second.squared(times: 2) * self
        let eleventh = ninth * second
        let ones5 = eleventh.squared() * ninth
        let ones10 = ones5.squared(times: 5) * ones5
        let ones20 = ones10.squared(times: 10) * ones10
        let ones40 = ones20.squared(times: 20) * ones20
        let ones50 = ones40.squared(times: 10) * ones10
        let ones100 = ones50.squared(times: 50) * ones50
        let ones200 = ones100.squared(times: 100) * ones100
        return (ones200.squared(times: 50) * ones50, eleventh)
    }

    /// The inverse, `self` to p - 2 = 32 (2^250 - 1) + 11; 0 of 0.
    package func inverted() -> FieldElement {
        let (ones250, eleventh) = powers()
        return ones250.squared(times: 5) * eleventh
    }

    /// The quadratic character, `self` to (p - 1) / 2 = 16 (2^250 - 1) + 6: 1 of a square, -1 of a non-square, 0 of 0.
    package func quadraticCharacter() -> FieldElement {
        let sixth = (squared() * self).squared()
        return powers().ones250.squared(times: 4) * sixth
    }

    /// Inverts every element of `elements`, 0 staying 0, with one inversion and three products an element (Montgomery's trick).
    ///
    /// Zeros are set to 1 under a mask first: one of them would make the whole product zero.
    package static func invert(_ elements: UnsafeMutableBufferPointer<FieldElement>) {
        withUnsafeTemporaryAllocation(of: FieldElement.self, capacity: elements.count) { products in
            // products[i] = elements[0] ... elements[i - 1], without the zeros.
            var product = one
            for index in elements.indices {
                products.initializeElement(at: index, to: product)
                product = product * select(one, else: elements[index], mask: elements[index].isZeroMask)
            }
            var inverse = product.inverted()
            for index in elements.indices.reversed() {
                let element = elements[index]
                let zero = element.isZeroMask
                elements[index] = select(element, else: inverse * products[index], mask: zero)
                inverse = inverse * select(one, else: element, mask: zero)
            }
        }
    }
}
