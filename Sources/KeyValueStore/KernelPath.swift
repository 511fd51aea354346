internal import CKeyValueStore

extension BandRows {
    /// Which implementation of the kernels computes. All give the same bits.
    package enum KernelPath: String, Sendable, CaseIterable {
        /// Eight words at a time on AVX-512.
        case avx512
        /// On any processor.
        case portable

        /// The fastest one that this machine has; found out once.
        package static let fastest: KernelPath = available.first ?? .portable

        /// Those that this machine has, the fastest first.
        package static var available: [KernelPath] { allCases.filter { $0.kernels != nil } }

        var kernels: kv_kernels? {
            switch self {
            case .avx512: kv_avx512_kernels()?.pointee
            case .portable: kv_portable_kernels().pointee
            }
        }
    }
}
