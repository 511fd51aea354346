import Arithmetic
import Cryptography
import Foundation
import IdealCipher
import MatMul
import Paillier
import Shares
import Specification
import Testing

/// Where masks come from in a real job.
@Suite struct RandomnessTests {
    private func system() -> any RandomSource { SystemRandomSource(binding: Array("the same links".utf8)) }

    /// Masks of F1 and F2 of some rounds on the same rows, by the real roles.
    private func masks(rounds: Int) throws -> [Integer] {
        let (rows, own) = (try uniform(4, 5, "features"), try uniform(4, 3, "label features"))
        var layer = try Layer(columns: 5, width: 2, sources: (system(), system()))
        let labelWeights = layer.parties.featureRole.shares.labelWeights.lifted
        return try (0..<rounds).flatMap { _ in
            let share = layer.labelShare
            _ = try layer.parties.forward(label: own, feature: rows, in: .train)
            let masks = try [layer.opened("F1") - rows * share, layer.opened("F2") - own * labelWeights]
            try layer.parties.backward(dZ: uniform(4, 2, "dZ"))
            return masks.flatMap(\.elements)
        }
    }

    /// Two runs with the same inputs, bound to the same links: entropy alone must tell them apart.
    @Test func twoRunsShareNoMask() throws {
        let masks = try masks(rounds: 3) + masks(rounds: 3)
        #expect(masks.count == 2 * 3 * 2 * 8)
        #expect(Set(masks).count == masks.count)
        let bits = try Product.matMulForward(terms: 5).maskBits
        #expect(masks.allSatisfy { $0.signum >= 0 && $0.bitLength <= bits && $0.bitLength > bits - 64 })
    }

    @Test func twoRunsShareNoCiphertext() throws {
        var ciphertexts: [[UInt8]] = []
        for _ in 0..<2 {
            var layer = try Layer(
                columns: 3, width: 1, keyBits: 1024, keys: (Keys.label, Keys.feature), sources: (system(), system()))
            _ = try layer.parties.forward(
                label: uniform(4, 3, "label features"), feature: uniform(4, 3, "features"), in: .train)
            try layer.parties.backward(dZ: uniform(4, 1, "dZ"))
            for frame in layer.parties.sent where frame.header.kind == .ciphertext {
                ciphertexts += stride(from: 0, to: frame.payload.count, by: 256).map {
                    Array(frame.payload[$0..<$0 + 256])
                }
            }
        }
        #expect(ciphertexts.count == 2 * (3 + 3 + 1 + 1 + 4 + 1 + 3))
        #expect(Set(ciphertexts).count == ciphertexts.count)
    }

    /// Recorded sources and small keys are for tests. Of what programs are built from, nothing may name them but what defines
    /// them, and what draws nothing that hides anything.
    @Test func recordedSourcesAreOutOfReach() throws {
        let allowed = [
            "Sources/Cryptography/Random/RecordedRandomSource.swift",  // defines it
            "Sources/Paillier/Keys/KeyGeneration.swift",  // defines it
            "Sources/Jobs/Run/SingleUse.swift",  // where a party file asks for it: INSECURE
            "Sources/Jobs/Run/Training/Baseline.swift",  // starting weights of models that the label party trains alone
        ]
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var files = 0
        for folder in ["Sources", "protocols", "parties"] {
            let names = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
            for name in names.map({ "\(folder)/\($0)" }) where name.hasSuffix(".swift") {
                let text = try String(contentsOf: root.appending(path: name), encoding: .utf8)
                files += 1
                let isNamed = ["RecordedRandomSource", "insecureGenerate", "IdealCipher"].contains { text.contains($0) }
                #expect(!isNamed || allowed.contains(name), "\(name)")
            }
        }
        #expect(files > 100)
    }
}

/// Keys that protect nothing, made once.
enum Keys {
    static let label = made("label")
    static let feature = made("feature")

    private static func made(_ name: String) -> PrivateKey {
        guard let stream = try? recorded("keys").stream(name) else {
            preconditionFailure("a new source has used no name")
        }
        return PrivateKey.insecureGenerate(bits: 1024, from: stream)
    }
}
