import CVole
import Cryptography
import Vole

/// A small generator of test values (Steele, Lea, Flood, OOPSLA 2014). Not for secrets.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) { state = UInt64(seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func element() -> BinaryElement { BinaryElement(low: next(), high: next()) }

    mutating func words(_ count: Int) -> [UInt64] { (0..<count).map { _ in next() } }

    mutating func key() -> SecretBytes {
        SecretBytes(count: 32) { for index in $0.indices { $0[index] = UInt8.random(in: 0...255, using: &self) } }
    }
}

extension SecretWords {
    convenience init(_ values: [UInt64]) {
        self.init(count: values.count)
        withUnsafeWords { _ = $0.update(from: values) }
    }
}

/// A stream of recorded bytes.
func stream(_ seed: String) -> RandomStream {
    do {
        return try RecordedRandomSource(seed: Array(seed.utf8)).stream("test")
    } catch { fatalError("\(error)") }
}

/// The kernels of a path, for tests of single functions.
func kernels(_ path: VolePath) -> cv_kernels {
    switch path {
    case .aesni: (cv_aesni_kernels() ?? cv_portable_kernels()).pointee
    case .portable: cv_portable_kernels().pointee
    }
}

/// A public key's schedule.
func schedule(_ label: String) -> cv_key {
    var key = cv_key()
    cv_expand_key(&key, SHA256.hash(Array(label.utf8)))
    return key
}

/// AES of one block.
func encrypt(_ block: BinaryElement, _ key: cv_key) -> BinaryElement {
    var words = [block.low, block.high], key = key
    kernels(.portable).encrypt(&words, 1, &key)
    return BinaryElement(low: words[0], high: words[1])
}
