import Arithmetic

/// What GMP needs for what the parties' keys did, on one core.
struct LayerReference {
    private let base: Integer
    private let square: Integer
    private let halfSquare: Integer
    private let bits: Int
    /// Odd ones, as wide as they come.
    private let exponent: Integer

    init(_ subject: inout Subject) throws {
        bits = subject.bits
        (square, halfSquare) = (subject.square, subject.halfSquare)
        base = try subject.integers(1, bits: 2 * subject.bits - 2)[0]
        exponent = try subject.integers(1, bits: subject.bits + 120)[0]
    }

    /// Seconds of one repetition.
    func seconds(for results: [Seat: LayerResult]) -> Double {
        results.values.reduce(0) { total, result in
            let sums = result.sums
            var seconds = Double(sums.encrypted) * power(bits / 2, modulo: square)
            seconds += Double(sums.hidden) * power(bits + 120, modulo: square)
            // By Chinese remainders.
            seconds += Double(2 * sums.decrypted) * power(bits / 2, modulo: halfSquare)
            for (bits, count) in sums.multiplied {
                seconds += Double(count) * (multiplication + (bits > 1 ? power(bits, modulo: square) : 0))
            }
            return total + seconds / Double(result.repetitions.count)
        }
    }

    private func power(_ bits: Int, modulo modulus: Integer) -> Double {
        let exponent = exponent.lowBits(bits - 1) + Integer(powerOfTwo: bits - 1)
        return time(bits > 200 ? 2 : 50) { _ = base.power(exponent, modulo: modulus, variableTime: true) }
    }

    private var multiplication: Double {
        var product = base
        return time(200) { product.multiply(by: base, modulo: square) }
    }

    /// Seconds of one of several.
    private func time(_ count: Int, _ work: () -> Void) -> Double {
        let start = ContinuousClock.now
        for _ in 0..<count { work() }
        return (ContinuousClock.now - start) / .seconds(1) / Double(count)
    }
}
