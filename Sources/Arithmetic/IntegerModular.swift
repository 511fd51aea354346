import CGMP

extension Integer {
    /// The greatest common divisor, never negative. Variable time.
    public func gcd(_ other: Integer) -> Integer {
        .computed(self, other, __gmpz_gcd)
    }

    /// The inverse in `[0, modulus)`, or nil if the value and the positive modulus have a common factor. Variable time.
    public func inverse(modulo modulus: Integer) -> Integer? {
        precondition(modulus.signum > 0, "a modulus is positive")
        var exists = false
        let inverse = Integer.computed(self, modulus) { exists = __gmpz_invert($0, $1, $2) != 0 }
        return exists ? inverse : nil
    }

    /// `self^exponent modulo modulus`, in `[0, modulus)`.
    ///
    /// - Parameters:
    ///   - exponent: Not negative.
    ///   - modulus: Positive; odd unless `variableTime`.
    ///   - variableTime: If `true`, the exponent and the base leak through time and cache (about a sixth faster). If
    ///     `false`, only their sizes do: GMP's `mpz_powm_sec`, which reads its whole window table at every step.
    public func power(_ exponent: Integer, modulo modulus: Integer, variableTime: Bool = false) -> Integer {
        precondition(exponent.signum >= 0, "an exponent is not negative")
        precondition(modulus.signum > 0, "a modulus is positive")
        precondition(variableTime || modulus.isOdd, "constant-time exponentiation needs an odd modulus")
        return withExtendedLifetime(modulus) {
            // mpz_powm_sec is not defined for the exponent zero.
            let function = variableTime || exponent.signum == 0 ? __gmpz_powm : __gmpz_powm_sec
            return .computed(self, exponent) { function($0, $1, $2, modulus.storage.mpz) }
        }
    }

    /// Replaces the value by `self * factor modulo modulus`, in `[0, modulus)`.
    public mutating func multiply(by factor: Integer, modulo modulus: Integer) {
        precondition(modulus.signum > 0, "a modulus is positive")
        withExtendedLifetime(modulus) {
            update(with: factor) {
                __gmpz_mul($0, $1, $2)
                __gmpz_mod($0, $0, modulus.storage.mpz)
            }
        }
    }

    /// Whether the value is prime: Baillie-PSW, then `rounds` rounds of Miller-Rabin with pseudo-random bases.
    ///
    /// A prime is never called composite. No composite is known that passes Baillie-PSW; a random odd one passes the
    /// rounds with probability below `4^-rounds`. Variable time.
    public func isProbablePrime(rounds: Int) -> Bool {
        // GMP counts its Baillie-PSW test as the first 24 rounds.
        withExtendedLifetime(storage) { signum > 0 && __gmpz_probab_prime_p(storage.mpz, Int32(rounds) + 24) != 0 }
    }

    /// Whether the value is `base^k` for some integer base and `k >= 2` (so are 0 and 1). Variable time.
    public var isPerfectPower: Bool {
        withExtendedLifetime(storage) { __gmpz_perfect_power_p(storage.mpz) != 0 }
    }
}
