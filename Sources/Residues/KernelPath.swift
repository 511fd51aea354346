internal import CMontgomery

/// Which implementation of the kernels computes. All give the same bits.
package enum KernelPath: String, Sendable, CaseIterable {
    /// Eight operands at a time on AVX-512 IFMA.
    case ifma
    /// On any processor.
    case portable

    /// The fastest one that this machine has; found out once.
    package static let fastest: KernelPath = available.first ?? .portable

    /// Those that this machine has, the fastest first.
    package static var available: [KernelPath] { allCases.filter { $0.kernels != nil } }

    var kernels: cm_kernels? {
        switch self {
        case .ifma: cm_ifma_kernels()?.pointee
        case .portable: cm_portable_kernels().pointee
        }
    }
}
