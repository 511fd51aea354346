internal import Arithmetic
internal import Residues
internal import Workers

/// How fast this machine does what nearly all of a protected job is: multiplications modulo a square of 6,144 bits.
public enum MachinePower {
    /// Squarings a second, on all cores that a job has here; measured for a tenth of a second.
    public static func measure() -> Double {
        // As long as the modulus of a key of 3,072 bits; any odd number will do.
        let modulus = RadixModulus((Integer(1) << 3072) - 1)
        let cores = WorkContext.current.threads ?? WorkerPool.shared.threads
        let start = ContinuousClock.now
        let counts =
            Parallel.map(count: cores) { (core: Int) -> Int in
                let block = ElementBlock(modulus, onePlusMultiples: [Integer(core + 2)])
                var count = 0
                while ContinuousClock.now - start < .milliseconds(100) {
                    for _ in 0..<100 { block.square() }
                    count += 100
                }
                return count
            } ?? []
        return Double(counts.reduce(0, +)) / ((ContinuousClock.now - start) / .seconds(1))
    }
}
