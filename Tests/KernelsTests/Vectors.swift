import Foundation

/// What `make_vectors.py` says.
struct Vectors: Decodable {
    let loss: Double
    let gradients: [String: [Double]]
    let optimisers: [String: [Double]]

    static func load() throws -> Vectors {
        try JSONDecoder().decode(Vectors.self, from: Data(PackageResources.vectors_json))
    }
}
