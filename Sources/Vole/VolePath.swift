internal import CVole
internal import Cryptography

/// Which implementation of the kernels computes. All give the same bits.
package enum VolePath: String, Sendable, CaseIterable {
    /// AES-NI, PCLMULQDQ and AVX2.
    case aesni
    /// Any processor.
    case portable

    /// The fastest one that this machine has; found out once.
    package static let fastest: VolePath = available.first ?? .portable

    /// Those that this machine has, the fastest first.
    package static var available: [VolePath] { allCases.filter { $0 == .portable || cv_aesni_kernels() != nil } }

    var kernels: cv_kernels {
        switch self {
        case .aesni: (cv_aesni_kernels() ?? cv_portable_kernels()).pointee
        case .portable: cv_portable_kernels().pointee
        }
    }
}

/// Public keys of AES-128, with nothing up their sleeves: the first 16 bytes of SHA-256 of a label each.
struct PublicKeys: Sendable {
    let schedules: [cv_key]

    init(_ labels: String...) {
        schedules = labels.map { label in
            var schedule = cv_key()
            cv_expand_key(&schedule, SHA256.hash(Array(label.utf8)))
            return schedule
        }
    }
}
