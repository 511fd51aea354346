import Arithmetic
import Testing

/// Small numbers and those at the edges of a machine word.
private let samples: [Int] = [0, 1, -1, 2, -2, 3, -3, 7, 10, -10, 1 << 31, -(1 << 31), 1 << 62, -(1 << 62), .max, .min]

private func power(_ base: Integer, _ exponent: Int) -> Integer {
    (0..<exponent).reduce(1) { product, _ in product * base }
}

@Suite struct IntegerTests {
    @Test func agreesWithMachineIntegers() {
        for a in samples {
            #expect(Integer(a).decimal == "\(a)")
            #expect(Integer(a).truncatingInt64 == Int64(a))
            #expect(Integer(a).signum == a.signum())
            #expect(Integer(a).isOdd == (a & 1 == 1))
            #expect(Integer(a).bitLength == UInt.bitWidth - a.magnitude.leadingZeroBitCount)
            for b in samples {
                let (wideA, wideB) = (Int128(a), Int128(b))
                #expect((Integer(a) + Integer(b)).decimal == "\(wideA + wideB)")
                #expect((Integer(a) - Integer(b)).decimal == "\(wideA - wideB)")
                #expect((Integer(a) * Integer(b)).decimal == "\(wideA * wideB)")
                #expect((Integer(a) < Integer(b)) == (a < b))
                #expect((Integer(a) == Integer(b)) == (a == b))
            }
        }
    }

    @Test func divisionRoundsTowardMinusInfinity() {
        for a in samples {
            for b in samples where b != 0 {
                let quotient = Integer(a).floorQuotient(Integer(b))
                let remainder = Integer(a) - quotient * Integer(b)
                #expect(remainder.signum == 0 || remainder.signum == b.signum())
                #expect(remainder.magnitude < Integer(b).magnitude)
                if b > 0 { #expect(Integer(a).modulo(Integer(b)) == remainder) }
            }
        }
    }

    @Test func shiftsAndLowBitsFollowTwosComplement() {
        for a in samples {
            for bits in [0, 1, 5, 63] {
                #expect((Integer(a) >> bits) == Integer(a >> bits))
                #expect(Integer(a).lowBits(bits) == Integer(UInt64(bitPattern: Int64(a)) & (1 << bits - 1)))
            }
            #expect(((Integer(a) << 200) >> 200) == Integer(a))
            #expect((Integer(a) << 3).decimal == "\(Int128(a) * 8)")
        }
        #expect((Integer(-1) >> 1000) == -1)
        #expect(Integer(powerOfTwo: 4096).bitLength == 4097)
    }

    @Test func truncationKeepsTheLowWordOfHugeIntegers() {
        let huge = Integer(powerOfTwo: 300)
        #expect((huge + 5).truncatingInt64 == 5)
        #expect((-huge - 5).truncatingInt64 == -5)
        #expect((huge + Integer(Int64.max) + 1).truncatingInt64 == .min)
        #expect(Integer(UInt64.max).truncatingInt64 == -1)
    }

    @Test func twoWordsAreKept() {
        let edges: [Int128] = [0, 1, -1, 1 << 63, -1 << 63, 1 << 64, -1 << 64, 1 << 100 + 7, .max, .min, .min + 1]
        for value in edges {
            #expect(Integer(value).decimal == "\(value)")
            #expect(Integer(value).truncatingInt128 == value)
        }
        let huge = Integer(powerOfTwo: 300)
        #expect((huge + Integer(Int128.max)).truncatingInt128 == .max)
        #expect((huge + Integer(Int128.max) + 1).truncatingInt128 == .min)
        #expect((-huge - 5).truncatingInt128 == -5)
        #expect(Integer(powerOfTwo: 128).truncatingInt128 == 0)
    }

    @Test func copiesAreIndependent() {
        var a = Integer(powerOfTwo: 100)
        let copy = a
        a += 1
        #expect(copy == Integer(powerOfTwo: 100) && a == copy + 1)
        a -= a
        #expect(a == 0)
        var b: Integer = -12
        b *= b
        #expect(b == 144)
        var c = b
        c.multiply(by: c, modulo: 100)
        #expect(c == 36 && b == 144)
    }

    @Test func equalValuesHashAlike() {
        let a = Integer(powerOfTwo: 200) - 1
        let b = (Integer(powerOfTwo: 300) - Integer(powerOfTwo: 100)) >> 100
        #expect(Set([a, b]).count == 1)
        #expect(Set([a, -a, 0, Integer(0)]).count == 3)
    }
}

@Suite struct ModularTests {
    private let prime = Integer(powerOfTwo: 127) - 1

    @Test(arguments: [false, true]) func powersFollowFermat(variableTime: Bool) {
        for base: Integer in [1, 2, 3, -5, Integer(powerOfTwo: 126) + 12345] {
            #expect(base.power(prime - 1, modulo: prime, variableTime: variableTime) == 1)
            #expect(base.power(13, modulo: prime, variableTime: variableTime) == power(base, 13).modulo(prime))
            #expect(base.power(0, modulo: prime, variableTime: variableTime) == 1)
            #expect(base.power(5, modulo: 1, variableTime: variableTime) == 0)
        }
        #expect(Integer(0).power(5, modulo: prime, variableTime: variableTime) == 0)
    }

    @Test func evenModuliNeedVariableTime() async {
        #expect(Integer(3).power(4, modulo: 10, variableTime: true) == 1)
        await #expect(processExitsWith: .failure) { _ = Integer(3).power(4, modulo: 10) }
    }

    @Test func inverses() {
        #expect(Integer(3).inverse(modulo: 7) == 5)
        #expect(Integer(-3).inverse(modulo: 7) == 2)
        #expect(Integer(6).inverse(modulo: 9) == nil)
        #expect(Integer(0).inverse(modulo: 7) == nil)
        #expect(Integer(-12).gcd(18) == 6)
        #expect(Integer(0).gcd(-5) == 5)
    }

    @Test func primality() {
        #expect(prime.isProbablePrime(rounds: 1))
        #expect(Integer(2).isProbablePrime(rounds: 1))
        #expect(!Integer(561).isProbablePrime(rounds: 1), "a Carmichael number")
        #expect(!(prime * (prime - 2)).isProbablePrime(rounds: 1))
        #expect(!Integer(1).isProbablePrime(rounds: 1) && !Integer(0).isProbablePrime(rounds: 1))
        #expect(!Integer(-7).isProbablePrime(rounds: 1))
        #expect(power(prime, 3).isPerfectPower && !(prime * (prime - 2)).isPerfectPower)
    }
}
