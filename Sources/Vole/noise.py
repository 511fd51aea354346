#!/usr/bin/env python3
"""What guessing costs against the noise of this VOLE: the table of README.md.

The receiver's a = H e hides e if it looks random: H is m x 2 m over bits, e has 2 m entries of 64 bits, zero but for one uniform entry
in each of t blocks. Prange's attack guesses m entries to be zero and solves for the others. What one guess has to miss:

  binary   t entries that are 1, as if entries had one bit: all of them.
  one      one fixed sum of the bits of the entries, which is 0 at half of them: the others.
  any      some sum out of 2^64 - 1. They share the guess, and the one that works, if there is one, comes out of linear algebra: it exists
           where the noisy entries among the guessed ones, as rows of 64 bits, do not have rank 64. That is what counts.

Guesses of an information set at random ("classical") and of half of each block ("regular") differ little. Logarithms to base 2 of the
chance of one guess; the work of a guess, solving for m unknowns, is not counted and is at least 2^14 word operations more.

Not covered: enumeration around a guess (Stern and later; for so few noisy entries it gains little, eprint 2023/1568 for regular
noise), algebraic attacks (eprint 2023/176), statistical decoding, anything that uses what is special about this H, quantum search.

`noise.py --check` mounts the attack on small random codes and compares its successes with the formula.
"""
import sys
from math import comb, lgamma, log, log1p, log2, expm1

BITS = 64


def log2_sum(terms):
    top = max(terms)
    return top + log2(sum(2.0 ** (x - top) for x in terms))


def log2_choose(n, k):
    return (lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)) / log(2)


def rank_deficient(rows, bits):
    """The chance that `rows` random rows have a rank below `bits`."""
    return 1.0 if rows < bits else -expm1(sum(log1p(-(2.0 ** (k - rows))) for k in range(bits)))


def guess(t, m=None, bits=BITS, kind="any"):
    """log2 of the chance of one guess; m for classical guesses, none for regular ones."""
    miss = {"binary": lambda i: 1.0 if i == 0 else 0.0, "one": lambda i: 0.5**i, "any": lambda i: rank_deficient(i, bits)}[kind]
    hit = lambda i: (log2_choose(t, i) - t if m is None
                     else log2_choose(t, i) + log2_choose(2 * m - t, m - i) - log2_choose(2 * m, m))
    return log2_sum([hit(i) + log2(miss(i)) for i in range(t + 1) if miss(i) > 0])


def table():
    sizes = [(14, 18278), (17, 144435), (20, 1153690)]
    print("        regular guesses           classical guesses, any, for 2^n identifiers")
    print("   t    binary      one      any  " + "".join(f"  n = {n}, m = {m}".rjust(22) for n, m in sizes))
    for t in (128, 160, 320, 400, 448, 464, 480, 512):
        print(f"{t:4} " + "".join(f"{guess(t, kind=kind):9.1f}" for kind in ("binary", "one", "any")) + "  "
              + "".join(f"{guess(t, m):22.1f}" for _, m in sizes))
    print("least t with 128 bits against all three:", next(t for t in range(64, 999) if guess(t) <= -128))


def check():
    """The attack: does linear algebra find a sum of bits for which the guess is right, and how often?"""
    import random
    rng = random.Random(1)
    m = 120
    for t, bits in ((20, 6), (24, 8), (30, 8)):
        q, found, tries = 2 * m // t, 0, 200
        for _ in range(tries):
            columns = [1 << i for i in range(m)] + [rng.getrandbits(m) for _ in range(m)]
            noise = {j * q + rng.randrange(q): rng.getrandbits(bits) for j in range(t)}
            # The unknown entries: half of each block. a as `bits` columns behind those of the unknowns, then Gauss.
            unknown = [c for j in range(t) for c in rng.sample(range(j * q, j * q + q), q - q // 2)]
            rows = []
            for i in range(m):
                row = sum((columns[c] >> i & 1) << k + bits for k, c in enumerate(unknown))
                for c, y in noise.items():
                    row ^= y * (columns[c] >> i & 1)
                rows.append(row)
            pivots = {}
            for row in rows:
                for top in sorted(pivots, reverse=True):
                    row = min(row, row ^ pivots[top]) if row >> top & 1 else row
                if row >> bits:
                    pivots[row.bit_length() - 1] = row
            for top in sorted(pivots):
                for other in pivots:
                    if other > top and pivots[other] >> top & 1:
                        pivots[other] ^= pivots[top]
            solution = [row & (1 << bits) - 1 for row in pivots.values()]
            # A sum of bits is right where it is zero at all but a few solved entries.
            best = min(sum(bin(x & s).count("1") & 1 for x in solution) for s in range(1, 1 << bits))
            found += best <= t
        print(f"t = {t}, {bits} bits: {found / tries:.3f} of guesses, formula {2 ** guess(t, bits=bits):.3f}, "
              f"one fixed sum {0.75 ** t:.5f}")


check() if "--check" in sys.argv else table()
