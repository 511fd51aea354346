import Arithmetic
import Cryptography
import Paillier
import Specification
import Synchronization

// Where the time of a layer goes: the roles compute with a key that takes the time of everything it does, and nothing in the
// layer itself knows of it.

/// What a role asks a key for.
enum LayerOperation: String, Codable, CaseIterable, CodingKeyRepresentable {
    case product, add, hide, draw, encrypt, decrypt, decode, encode
}

/// The processor's seconds of each operation in each step of a protocol, and how much of each there was.
final class LayerTally: StepClock {
    /// What was done so far.
    struct Sums: Codable {
        /// By step: of a role's whole answer to it, and of the key's part in it.
        var steps: [String: Double] = [:]
        var operations: [String: [LayerOperation: Double]] = [:]
        /// Ciphertexts.
        var encrypted = 0
        var hidden = 0
        var decrypted = 0
        /// By the bits of their bound: multipliers that are not zero, once for each column of the operand.
        var multiplied: [Int: Int] = [:]
    }

    private struct State: Sendable {
        var step = ""
        var sums = Sums()
    }

    private let state = Mutex(State())

    var sums: Sums { state.withLock { $0.sums } }

    /// Forgets what was counted.
    func clear() { state.withLock { $0.sums = Sums() } }

    func measure<Output>(step: String, _ body: () throws -> Output) rethrows -> Output {
        state.withLock { $0.step = step }
        let start = Stopwatch.threadSeconds
        defer { state.withLock { $0.sums.steps[step, default: 0] += Stopwatch.threadSeconds - start } }
        return try body()
    }

    fileprivate func measure<Output, Failure: Error>(
        _ operation: LayerOperation, counting count: (inout Sums) -> Void = { _ in },
        _ body: () throws(Failure) -> Output
    ) throws(Failure) -> Output {
        let start = Stopwatch.threadSeconds
        let output = try body()
        let seconds = Stopwatch.threadSeconds - start
        state.withLock { state in
            state.sums.operations[state.step, default: [:]][operation, default: 0] += seconds
            count(&state.sums)
        }
        return output
    }
}

/// A public key that takes the time of what it does.
struct MeasuredCipher: AdditiveCipher {
    let base: PublicKey
    let tally: LayerTally

    var keyBits: Int { base.keyBits }
    var ciphertextBytes: Int { base.ciphertextBytes }

    func encode(_ ciphertexts: [Ciphertext]) -> [UInt8] {
        tally.measure(.encode) { base.encode(ciphertexts) }
    }

    func decode(_ bytes: [UInt8], count: Int) throws(PaillierError) -> [Ciphertext] {
        try tally.measure(.decode) { () throws(PaillierError) in try base.decode(bytes, count: count) }
    }

    /// An operand that knows how many columns it has.
    struct Operand {
        let base: EncryptedOperand
        let columns: Int
    }

    func operand(_ ciphertexts: Matrix<Ciphertext>, isReused: Bool) -> Operand {
        Operand(base: base.operand(ciphertexts, isReused: isReused), columns: ciphertexts.columns)
    }

    func product(
        variableTime plain: Multipliers, _ operand: Operand, join: RowJoin
    ) throws(PaillierError) -> [Ciphertext] {
        let terms = plain.storedCount * operand.columns
        return try tally.measure(.product, counting: { $0.multiplied[plain.bits, default: 0] += terms }) {
            () throws(PaillierError) in
            try base.product(variableTime: plain, operand.base, join: join)
        }
    }

    func add(_ left: [Ciphertext], _ right: [Ciphertext]) throws(PaillierError) -> [Ciphertext] {
        try tally.measure(.add) { () throws(PaillierError) in try base.add(left, right) }
    }

    func noise(count: Int, bits: Int, from stream: RandomStream) -> Noise {
        tally.measure(.draw) { base.noise(count: count, bits: bits, from: stream) }
    }

    func hide(
        _ ciphertexts: [Ciphertext], adding plaintexts: [Integer], with noise: Noise
    ) throws(PaillierError) -> [Ciphertext] {
        try tally.measure(.hide, counting: { $0.hidden += ciphertexts.count }) { () throws(PaillierError) in
            try base.hide(ciphertexts, adding: plaintexts, with: noise)
        }
    }
}

/// A private key that takes the time of what it does.
struct MeasuredKey: AdditiveKey {
    let base: PrivateKey
    let tally: LayerTally

    var cipher: MeasuredCipher { MeasuredCipher(base: base.cipher, tally: tally) }

    func noise(count: Int, from stream: RandomStream) -> Noise {
        tally.measure(.draw) { base.noise(count: count, from: stream) }
    }

    func encrypt(_ plaintexts: [Integer], with noise: Noise) throws(PaillierError) -> [Ciphertext] {
        try tally.measure(.encrypt, counting: { $0.encrypted += plaintexts.count }) { () throws(PaillierError) in
            try base.encrypt(plaintexts, with: noise)
        }
    }

    func decrypt(_ ciphertexts: [Ciphertext]) throws(PaillierError) -> [Integer] {
        try tally.measure(.decrypt, counting: { $0.decrypted += ciphertexts.count }) { () throws(PaillierError) in
            try base.decrypt(ciphertexts)
        }
    }
}
