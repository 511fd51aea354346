internal import CCurve25519

/// Which implementation computes with points. All give the same bits.
package enum CurvePath: String, Sendable, CaseIterable {
    /// Eight points at a time on AVX-512 IFMA.
    case ifma
    /// On any processor.
    case portable

    /// The fastest one that this machine has; found out once.
    package static let fastest: CurvePath = available.first ?? .portable

    /// Those that this machine has, the fastest first.
    package static var available: [CurvePath] { allCases.filter { $0.anyKernels != nil } }

    /// Its kernels; only of a path that is available.
    package var kernels: any CurveKernels {
        guard let kernels = anyKernels else { preconditionFailure("this machine lacks \(rawValue)") }
        return kernels
    }

    private var anyKernels: (any CurveKernels)? {
        switch self {
        case .ifma: cc_ifma_kernels().map { IFMAKernels(kernels: $0.pointee) }
        case .portable: PortableKernels()
        }
    }
}
