// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

/// A library in `Sources/`.
func library(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: settings)
}

/// A cryptographic protocol in `protocols/`: its specification is embedded, so that a program carries what it enforces.
func protocolLibrary(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "protocols/\(name)", exclude: ["README.md"],
        resources: [.embedInCode("protocol.yaml")], swiftSettings: settings)
}

/// The tests of one library or protocol.
func tests(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, exclude: exclude, resources: resources,
        swiftSettings: settings)
}

/// What several tests share, in `Tests/`.
func testSupport(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

let systemLibraries: [Target] = [
    .systemLibrary(name: "CGMP", pkgConfig: "gmp", providers: [.apt(["libgmp-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
]

// The floors of the house, lowest first: a dependency only ever points down.
let numbers: [Target] = [
    library("Arithmetic", ["CGMP"]),
    library("Cryptography", ["COpenSSL"], exclude: ["README.md"]),
    library("Documents", [.product(name: "Yams", package: "Yams")]),
    library("Compression", ["CZstd"], exclude: ["README.md"]),
]

let wire: [Target] = [
    library("Specification", ["Cryptography", "Documents"]),
    library("Transcript", ["Cryptography", "Specification"]),
    library("Link", ["Specification"]),
    library("Runtime", ["Link", "Specification", "Transcript"], exclude: ["README.md"]),
]

let computation: [Target] = [
    library("Paillier", ["Arithmetic", "Cryptography"], exclude: ["README.md"]),
    library("Shares", ["Arithmetic", "Cryptography", "Paillier"], exclude: ["README.md"]),
    library("Tables", ["Arithmetic", "Compression"], exclude: ["README.md"]),
    library("Evaluation", exclude: ["README.md"]),
    library("Tensors", ["Arithmetic", "COpenBLAS"], exclude: ["README.md"]),
    library("Models", ["Arithmetic", "Tensors"], exclude: ["README.md"]),
]

let protocols: [Target] = [
    protocolLibrary("MatMul", ["Arithmetic", "Cryptography", "Paillier", "Shares", "Specification"]),
    protocolLibrary("Handshake", ["Cryptography", "Link", "Specification", "Transcript"]),
    protocolLibrary("Columns", ["Link", "Specification"]),
    protocolLibrary("Unprotected", ["Arithmetic", "Link", "Models", "Specification", "Tensors"]),
    protocolLibrary("Seal", ["Cryptography", "Specification", "Transcript"]),
    protocolLibrary("KeyExchange", ["Paillier", "Specification"]),
    protocolLibrary("MatMul", ["Arithmetic", "Cryptography", "Paillier", "Shares", "Specification"]),
]

let house: [Target] = [
    library("Coordination", ["Link", "Specification"]),
    library(
        "Jobs",
        ["Coordination", "Cryptography", "Documents", "Evaluation", "Link", "Specification", "Tables"],
        exclude: [
            "Run/Assignment.swift", "Run/Baseline.swift", "Run/BlindSource.swift", "Run/Exposure.swift",
            "Run/Federation.swift", "Run/Leakage.swift", "Run/PartyRun.swift", "Run/Prepared.swift", "Run/RunError.swift",
            "Run/Software.swift", "Run/SourceLayer.swift", "Run/Training.swift", "Run/UnprotectedSource.swift",
            "Control/PartyService.swift",
        ]),
]

let programs: [Target] = []

let allTests: [Target] = [
    .target(
        name: "IdealCipher", dependencies: ["Arithmetic", "Cryptography", "Paillier"], path: "Tests/IdealCipher",
        swiftSettings: settings),
    tests("Arithmetic"),
    tests("Compression"),
    tests("Cryptography", ["Arithmetic", "COpenSSL"], resources: [.embedInCode("Vectors/numbers.json")]),
    tests("Documents"),
    tests("Jobs", ["Documents", "Specification"]),
    tests("Specification"),
    tests("Transcript", ["Cryptography", "Specification"]),
    tests("Link", ["Specification"]),
    testSupport("ProtocolTesting", ["Specification"]),
    tests("Columns", ["ProtocolTesting", "Specification"]),
    tests("Handshake", ["Cryptography", "ProtocolTesting", "Specification", "Transcript"]),
    tests("Seal", ["Cryptography", "ProtocolTesting", "Specification", "Transcript"]),
    tests("Unprotected", ["Arithmetic", "Models", "ProtocolTesting", "Specification", "Tensors"]),
    tests(
        "Runtime",
        [
            "Arithmetic", "Columns", "Cryptography", "Handshake", "Link", "Models", "Seal", "Specification", "Transcript",
            "Unprotected",
        ]),
    tests("Tables"),
    tests("Tensors", ["Arithmetic"]),
    tests("Paillier", ["Arithmetic", "Cryptography"]),
    tests("Models", ["Arithmetic"]),
    tests("KeyExchange", ["Cryptography", "Paillier", "Specification"]),
    tests(
        "MatMul", ["Arithmetic", "Cryptography", "IdealCipher", "Paillier", "Shares", "Specification"],
        resources: [.copy("Vectors")]),
    tests("Shares", ["Arithmetic", "Cryptography", "IdealCipher"], resources: [.copy("Vectors")]),
    tests("Evaluation", exclude: ["make_vectors.py"], resources: [.embedInCode("vectors.json")]),
]

let package = Package(
    name: "colonnade",
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0")
    ],
    targets: systemLibraries + numbers + wire + computation + protocols + house + programs + allTests
)
