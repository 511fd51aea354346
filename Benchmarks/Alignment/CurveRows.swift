import Cryptography
import Workers

/// Curve25519 as private set intersection uses it: many points at a time.
struct CurveRows {
    let rounds: Int
    let only: String

    func add(to report: inout Report) throws {
        for path in CurvePath.available {
            for operation in try operations(path) where operation.name.hasPrefix(only) {
                try measure(operation, path, &report)
            }
        }
    }

    /// An operation on some points, and the reference as often as makes about as long.
    private struct Operation {
        let name: String
        let count: Int
        let ours: () throws -> Void
        let referenceCount: Int
        let reference: () throws -> Void
        let against: String
    }

    private func measure(_ operation: Operation, _ path: CurvePath, _ report: inout Report) throws {
        let result = try onCores(1) { try compare(rounds: rounds, operation.ours, operation.reference) }
        let factor = Double(operation.count) / Double(operation.referenceCount)
        report.add(
            Row(
                name: operation.name, bits: 255, cores: 1, path: path.rawValue,
                ours: Double(operation.count) / result.ours,
                reference: Double(operation.referenceCount) / result.reference, unit: "per second",
                against: operation.against, ratio: result.ratio * factor))
        guard WorkerPool.shared.threads > 1 else { return }
        let both = try compare(rounds: rounds, operation.ours) { try onCores(1, operation.ours) }
        report.add(
            Row(
                name: operation.name, bits: 255, cores: WorkerPool.shared.threads, path: path.rawValue,
                ours: Double(operation.count) / both.ours, reference: Double(operation.count) / both.reference,
                unit: "per second", against: "one core", ratio: both.ratio))
    }

    private func operations(_ path: CurvePath) throws -> [Operation] {
        let count = path == .portable ? 4096 : 32_768
        let ids = SystemRandom.bytes(32 * count)
        let points = CurvePoint.hash(packed: ids, each: 32)
        let encoded = CurvePoint.encode(points)
        let (scalar, scalars) = (CurveScalar(), points.map { _ in CurveScalar() })
        let reference = X25519(scalar, points.prefix(1024))
        let characters = QuadraticCharacters(count: 4096)
        return [
            Operation(
                name: "scalar-multiply", count: count,
                ours: { _ = try CurvePoint.multiply(points, by: scalar, path: path) },
                referenceCount: reference.count, reference: reference.multiply, against: "OpenSSL X25519"),
            Operation(
                name: "scalar-multiply-each", count: count,
                ours: { _ = try CurvePoint.multiplyEach(points, by: scalars, path: path) },
                referenceCount: reference.count, reference: reference.multiply, against: "OpenSSL X25519"),
            Operation(
                name: "hash-to-curve", count: count, ours: { _ = CurvePoint.hash(packed: ids, each: 32, path: path) },
                referenceCount: characters.count, reference: characters.compute, against: "GMP"),
            Operation(
                name: "check-point", count: count, ours: { _ = try CurvePoint.decode(encoded, path: path) },
                referenceCount: characters.count, reference: characters.compute, against: "GMP"),
        ]
    }
}
