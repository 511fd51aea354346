import Foundation
import Tensors

/// What JAX and Optax computed; `make_vectors.py` wrote it.
struct Vectors: Decodable, Sendable {
    struct Elements: Decodable, Sendable {
        let shape: [Int]
        let elements: [Double]

        var tensor: Tensor { Tensor(Shape(shape), elements.map { Float($0) }) }
    }

    struct IndexElements: Decodable, Sendable {
        let shape: [Int]
        let elements: [Int32]

        var tensor: IndexTensor { IndexTensor(Shape(shape), elements) }
    }

    struct Operation: Decodable, Sendable, CustomStringConvertible {
        let name: String
        let note: String
        let inputs: [Elements]
        let indices: [IndexElements]
        let weights: Elements
        let output: Elements
        let gradients: [Elements]

        var description: String { "\(name) \(note) \(inputs.map(\.shape))" }
    }

    struct Trajectory: Decodable, Sendable, CustomStringConvertible {
        let name: String
        let start: [Double]
        let gradients: [[Double]]
        let path: [[Double]]

        var description: String { name }
    }

    let operations: [Operation]
    let optimisers: [Trajectory]

    static let all: Vectors = {
        do {
            return try JSONDecoder().decode(Vectors.self, from: Data(PackageResources.vectors_json))
        } catch {
            fatalError("vectors.json: \(error)")
        }
    }()
}
