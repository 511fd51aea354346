// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

/// A library in `Sources/`.
func library(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = ["README.md"]) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

/// A cryptographic protocol in `protocols/`: its specification is embedded, so that a program carries what it enforces; and those of
/// earlier versions that it speaks, too.
func protocolLibrary(_ name: String, _ dependencies: [Target.Dependency], earlier versions: [Int] = []) -> Target {
    .target(
        name: name, dependencies: ["Specification"] + dependencies, path: "protocols/\(name)", exclude: ["README.md"],
        resources: [.embedInCode("protocol.yaml")] + versions.map { .embedInCode("protocol-\($0).yaml") },
        swiftSettings: settings)
}

/// A program in `parties/`.
func program(_ name: String, _ folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + [argumentParser], path: "parties/\(folder)", swiftSettings: settings)
}

/// The tests of one library or protocol.
func tests(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, exclude: exclude,
        resources: resources, swiftSettings: settings)
}

/// What several tests share, in `Tests/`.
func testSupport(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio = [
    Target.Dependency.product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let mpi = Target.Dependency.target(name: "CMPI", condition: .when(traits: ["MPI"]))
let postgres = Target.Dependency.target(name: "CPostgres", condition: .when(traits: ["PostgreSQL"]))
let sqlite = Target.Dependency.target(name: "CSQLite", condition: .when(traits: ["SQLite"]))
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let systemLibraries: [Target] = [
    .systemLibrary(name: "CGMP", pkgConfig: "gmp", providers: [.apt(["libgmp-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev", "openmpi-bin"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
]

// The floors of the house, lowest first: a dependency only ever points down.
let numbers: [Target] = [
    .target(name: "CMontgomery", exclude: ["README.md"]),
    .target(name: "CCurve25519", exclude: ["README.md"]),
    .target(name: "CKeyValueStore", exclude: ["README.md"]),
    .target(name: "CVole", exclude: ["README.md"]),
    library("Workers"),
    library("Ranks", [mpi, "Workers"]),
    library("Scratch"),
    library("ExternalSort", ["Scratch"]),
    library("Arithmetic", ["CGMP"]),
    library("Cryptography", ["CCurve25519", "COpenSSL", "Workers"]),
    library("Residues", ["Arithmetic", "CMontgomery", "Cryptography", "Workers"]),
    library("Documents", [yams]),
    library("Compression", ["CZlib", "CZstd"]),
    library("Pages"),
]

let wire: [Target] = [
    library("Specification", ["Cryptography", "Documents"]),
    library("Transcript", ["Cryptography", "Specification"]),
    library("PrivateView", ["Specification"]),
    library("WideArea"),
    library("Link", ["Specification", "WideArea"]),
    library("TLSLink", ["Cryptography", "COpenSSL", "Link", "Specification"] + nio),
    library("WideAreaProxy", ["Link", "Specification", "WideArea"] + nio),
    library("Runtime", ["Link", "Specification", "Transcript"]),
]

let computation: [Target] = [
    library("Identifiers", ["Cryptography", "Specification"]),
    library("KeyValueStore", ["CKeyValueStore", "Cryptography"]),
    library("Vole", ["CVole", "Cryptography", "Workers"], exclude: ["README.md", "noise.py"]),
    library("Paillier", ["Arithmetic", "Cryptography", "Residues", "Workers"]),
    library("RankProducts", ["Arithmetic", "Paillier", "Ranks", "Specification", "Workers"]),
    library("Shares", ["Arithmetic", "Cryptography", "Paillier"]),
    library("SourceLayers", ["Arithmetic", "Cryptography", "Link", "Paillier", "Shares", "Specification"]),
    library("StatisticsWire", ["Link", "Paillier", "Specification"]),
    library("RowSources", ["Compression", sqlite, postgres]),
    library("Tables", ["RowSources", "Scratch"]),
    library("Preparation", ["Arithmetic", "Cryptography", "Scratch", "Tables"]),
    library("Evaluation"),
    library("Boosting", ["Workers"]),
    library("Tensors", ["COpenBLAS"]),
    library("AddressPlanning"),
    .target(name: "CKernels", exclude: ["README.md"]),
    library("Kernels", ["CKernels", "COpenBLAS"]),
    library("Tiers"),
    library("OutOfCore", ["Kernels", "Tiers"]),
    .target(name: "CQuantisation", exclude: ["README.md"]),
    library("ProductQuantisation", ["CQuantisation"]),
    library("RetrievalQuality", ["ProductQuantisation"]),
    .target(name: "CHistoryCache", exclude: ["README.md"]),
    library("HistoryCache", ["CHistoryCache", "CKernels", "COpenBLAS", "Kernels", "ProductQuantisation"]),
    library("StaticExecution", ["AddressPlanning", "Kernels", "Tiers"]),
    library(
        "HistoryTower",
        ["Arithmetic", "Cryptography", "HistoryCache", "Kernels", "OutOfCore", "StaticExecution", "Tiers"]),
    library("ParallelPlanning"),
    library("ParallelTraining", ["HistoryTower", "Kernels", "ParallelPlanning", "Ranks", "StaticExecution", "Tiers"]),
    library("RankTowers", ["HistoryTower", "ParallelPlanning", "ParallelTraining", "Ranks", "Specification"]),
    library("Models", ["Arithmetic", "Tensors"]),
    library("Histories", ["HistoryTower", "Preparation", "RowSources", "Scratch", "Tables"]),
    library("LocalUpdates", ["Arithmetic"]),
    library("Attacks", ["Arithmetic"]),
]

let protocols: [Target] = [
    protocolLibrary("Handshake", ["Cryptography", "Link", "Transcript"]),
    protocolLibrary("Alignment", ["Cryptography", "Identifiers", "KeyValueStore", "Link", "Vole"]),
    protocolLibrary("Columns", ["Link"]),
    protocolLibrary("Course", ["Link"]),
    protocolLibrary("KeyExchange", ["Link", "Paillier"], earlier: [1]),
    protocolLibrary("BinStatistics", ["Arithmetic", "Cryptography", "Paillier", "Shares", "StatisticsWire"]),
    protocolLibrary("Correlation", ["Arithmetic", "Cryptography", "Paillier", "Shares", "StatisticsWire"]),
    protocolLibrary(
        "MatMul", ["Arithmetic", "Cryptography", "LocalUpdates", "Paillier", "Shares", "SourceLayers"]),
    protocolLibrary("EmbedMatMul", ["Arithmetic", "Cryptography", "Paillier", "Shares", "SourceLayers"]),
    protocolLibrary("Unprotected", ["Arithmetic", "Link", "Models"]),
    protocolLibrary("Resumption", []),
    protocolLibrary("Seal", ["Cryptography", "Transcript"]),
]

let house: [Target] = [
    library(
        "Auditing",
        [
            "Arithmetic", "Cryptography", "ExternalSort", "Pages", "Paillier", "PrivateView", "Shares", "Specification",
            "Transcript",
        ]),
    library(
        "AttackAudit",
        [
            "Arithmetic", "Attacks", "Auditing", "Cryptography", "Pages", "Paillier", "PrivateView", "Shares",
            "Specification", "Transcript", "Workers",
        ]),
    library("Coordination", ["Link", "ParallelPlanning", "Specification"]),
    library(
        "Jobs",
        [
            "Alignment", "Arithmetic", "Auditing", "BinStatistics", "Boosting", "Columns", "Coordination",
            "Correlation", "Course", "Cryptography", "Documents", "EmbedMatMul", "Evaluation", "Handshake",
            "Histories", "HistoryCache", "HistoryTower", "Identifiers", "KeyExchange", "Link", "LocalUpdates", "MatMul",
            "Models", "OutOfCore", "Pages", "Paillier", "ParallelPlanning", "Preparation", "PrivateView",
            "ProductQuantisation", "RankProducts", "RankTowers", "Ranks", "Residues", "Resumption", "RowSources",
            "Runtime", "Scratch", "Seal", "Shares", "SourceLayers", "Specification", "Tables", "Transcript",
            "Unprotected", "Workers", sqlite,
        ]),
    library(
        "Demonstrations",
        [
            "Arithmetic", "Attacks", "Cryptography", "Jobs", "MatMul", "Paillier", "Shares", "SourceLayers",
            "Specification",
        ]),
]

let programs: [Target] = [
    .target(
        name: "Support",
        dependencies: [
            "Coordination", "Cryptography", "Documents", "Histories", "HistoryCache", "Jobs", "Link", "Preparation",
            "Specification", "TLSLink", "Tables", argumentParser, logging,
        ], path: "parties/Support", swiftSettings: settings),
    program(
        "colonnade-party", "Party",
        [
            "Cryptography", "Histories", "HistoryTower", "Jobs", "Link", "ParallelPlanning", "RankProducts",
            "RankTowers",
            "Ranks", "Specification", "Support", "TLSLink", "Tables", logging,
        ]),
    program(
        "colonnade", "Coordinator",
        [
            "Coordination", "Cryptography", "Jobs", "Link", "Specification", "Support", "TLSLink", "WideArea",
            "WideAreaProxy",
        ]),
    program("colonnade-audit", "Auditor", ["AttackAudit", "Auditing", "Demonstrations", "Jobs", "Tables"]),
    .executableTarget(
        name: "colonnade-bench",
        dependencies: [
            "AddressPlanning", "Alignment", "Arithmetic", "Auditing", "COpenSSL", "Coordination", "Cryptography",
            "EmbedMatMul", "Evaluation", "HistoryCache", "HistoryTower", "Identifiers", "Jobs", "Kernels",
            "KeyExchange",
            "Link", "MatMul", "OutOfCore", "Paillier", "ParallelPlanning", "ProductQuantisation", "RankProducts",
            "RankTowers", "Ranks", "Residues", "RetrievalQuality", "Runtime", "Shares", "SourceLayers", "Specification",
            "StaticExecution", "TLSLink", "Tiers", "Transcript", "Vole", "WideArea", "Workers", argumentParser,
        ],
        path: "Benchmarks",
        exclude: [
            "README.md", "Celu/Jobs", "Celu/Plots", "Memory/torch_step.py", "Quality/Jobs", "Quality/prepare.py",
            "Retrieval/faiss_search.py",
        ],
        swiftSettings: settings),
]

let allTests: [Target] = [
    testSupport(
        "AuditedFederation",
        [
            "Arithmetic", "Auditing", "Cryptography", "Documents", "Jobs", "Link", "PrivateView", "Specification",
            "Transcript",
        ]),
    testSupport(
        "Fuzzing",
        ["Auditing", "Coordination", "Handshake", "Jobs", "PrivateView", "RowSources", "Specification", "Transcript"],
        exclude: ["Corpora", "README.md", "make_seeds.py"]),
    testSupport("RankTesting", ["Ranks"]),
    .executableTarget(
        name: "rank-fixture", dependencies: ["RankTesting", "Ranks"], path: "Tests/RankFixture", swiftSettings: settings
    ),
    testSupport("IdealCipher", ["Arithmetic", "Cryptography", "Paillier"]),
    testSupport(
        "LayerTesting",
        [
            "Arithmetic", "Cryptography", "EmbedMatMul", "IdealCipher", "MatMul", "Paillier", "ProtocolTesting",
            "Shares", "SourceLayers", "Specification",
        ]),
    testSupport("Loopback", []),
    testSupport("PageTesting", []),
    testSupport("PostgresServer", []),
    testSupport("ProtocolTesting", ["Evaluation", "Specification"]),
    tests("AddressPlanning"),
    tests(
        "Alignment", ["Cryptography", "Identifiers", "Link", "ProtocolTesting", "Specification"],
        exclude: ["make_vectors.py"]),
    tests("Arithmetic"),
    tests(
        "AttackAudit",
        [
            "Arithmetic", "Attacks", "AuditedFederation", "Cryptography", "Jobs", "Paillier", "PrivateView", "Shares",
            "Specification", "Transcript",
        ]),
    tests("Attacks", ["Arithmetic", "Evaluation"]),
    tests(
        "Auditing",
        [
            "Arithmetic", "AuditedFederation", "Cryptography", "ExternalSort", "LayerTesting", "PageTesting",
            "Paillier",
            "Specification", "Transcript",
        ]),
    .testTarget(
        name: "BrokenProtocolTests",
        dependencies: [
            "Arithmetic", "Attacks", "AuditedFederation", "Auditing", "Cryptography", "Demonstrations", "IdealCipher",
            "Jobs", "Link", "LocalUpdates", "MatMul", "Paillier", "PrivateView", "ProtocolTesting", "Runtime", "Shares",
            "SourceLayers", "Specification", "Transcript",
        ],
        swiftSettings: settings),
    tests(
        "BinStatistics",
        ["Cryptography", "LayerTesting", "Link", "Paillier", "ProtocolTesting", "Specification", "StatisticsWire"]),
    tests(
        "Boosting", ["Evaluation", "Workers"], exclude: ["make_vectors.py"],
        resources: [.embedInCode("vectors.json")]),
    tests("Columns", ["ProtocolTesting", "Specification"]),
    tests("Course", ["ProtocolTesting", "Specification"]),
    tests("Compression", ["CZlib"]),
    tests(
        "Correlation",
        [
            "Cryptography", "LayerTesting", "Link", "Paillier", "ProtocolTesting", "Shares", "Specification",
            "StatisticsWire",
        ]),
    tests(
        "Cryptography", ["Arithmetic", "CCurve25519", "COpenSSL", "Workers"],
        resources: [.embedInCode("Vectors/numbers.json")]),
    tests("Demonstrations", ["Arithmetic", "Attacks", "Cryptography", "IdealCipher", "Paillier"]),
    tests("Documents"),
    tests(
        "EmbedMatMul",
        [
            "Arithmetic", "Attacks", "Cryptography", "IdealCipher", "LayerTesting", "Link", "Paillier",
            "ProtocolTesting",
            "Shares", "SourceLayers", "Specification", "Workers",
        ],
        resources: [.copy("Vectors")]),
    tests("Evaluation", exclude: ["make_vectors.py"], resources: [.embedInCode("vectors.json")]),
    tests("ExternalSort"),
    tests("Fuzzing"),
    tests("Handshake", ["Cryptography", "ProtocolTesting", "Specification", "Transcript"]),
    tests(
        "Jobs",
        [
            "Alignment", "Arithmetic", "AuditedFederation", "Auditing", "Compression", "Coordination", "Cryptography",
            "Documents", "Evaluation", "Handshake", "Histories", "HistoryCache", "HistoryTower", "Identifiers", "Link",
            "Models", "PageTesting", "Paillier", "PostgresServer", "Preparation", "PrivateView", "RankProducts",
            "RankTesting", "RankTowers", "Ranks", "RowSources", "Runtime", "Scratch", "Seal", "Shares",
            "Specification", sqlite, "Tables", "Transcript",
        ],
        exclude: ["make_vectors.py"], resources: [.embedInCode("vectors.json"), .copy("Previous")]),
    tests(
        "Histories", ["HistoryTower", "RowSources", "Scratch", sqlite, "Tables"]),
    tests("Identifiers", ["Cryptography", "Specification"], exclude: ["make_vectors.py"]),
    tests(
        "Kernels", ["CKernels"], exclude: ["make_vectors.py"], resources: [.embedInCode("vectors.json")]),
    tests("Tiers"),
    tests("OutOfCore", ["Kernels", "Tiers"]),
    tests("ProductQuantisation", ["CQuantisation"]),
    tests("HistoryCache", ["CHistoryCache", "ProductQuantisation"]),
    tests("StaticExecution", ["AddressPlanning", "Kernels", "Tiers"]),
    tests("HistoryTower", ["Arithmetic", "Cryptography", "HistoryCache", "OutOfCore", "StaticExecution", "Tiers"]),
    tests("KeyValueStore", ["CKeyValueStore", "Cryptography"]),
    tests("Vole", ["CVole", "Cryptography"], exclude: ["make_vectors.py"]),
    tests("KeyExchange", ["Cryptography", "Link", "Paillier", "ProtocolTesting", "Specification"]),
    tests("Link", ["Specification", "WideArea"]),
    tests(
        "MatMul",
        [
            "Arithmetic", "Cryptography", "IdealCipher", "LayerTesting", "Link", "LocalUpdates", "Paillier",
            "ProtocolTesting", "Runtime", "Shares", "SourceLayers", "Specification", "Workers",
        ],
        resources: [.copy("Vectors")]),
    tests("LocalUpdates", ["Arithmetic"]),
    tests("Models", ["Arithmetic"]),
    .testTarget(
        name: "MutationTests",
        dependencies: [
            "Arithmetic", "AuditedFederation", "Auditing", "Cryptography", "Jobs", "Paillier", "PrivateView", "Shares",
            "Specification", "Transcript",
        ],
        swiftSettings: settings),
    tests("Paillier", ["Arithmetic", "Cryptography", "Residues", "Workers"]),
    tests(
        "Preparation", ["Arithmetic", "Scratch", "Tables"], exclude: ["make_correlations.py", "make_vectors.py"],
        resources: [.embedInCode("correlations.json"), .embedInCode("vectors.json")]),
    tests("PrivateView", ["Specification"]),
    tests("Scratch"),
    tests(
        "RetrievalQuality", ["ProductQuantisation"], exclude: ["make_keys.py"], resources: [.copy("Vectors")]),
    tests("RowSources", ["Compression", "CZlib", "PostgresServer", sqlite, "Tables"]),
    tests("ParallelPlanning", exclude: ["make_data.py"], resources: [.copy("Data")]),
    tests("ParallelTraining", ["HistoryTower", "ParallelPlanning", "Ranks"]),
    tests("RankProducts", ["Arithmetic", "Cryptography", "Paillier", "Ranks", "Specification", "Workers"]),
    tests("Resumption", ["ProtocolTesting", "Specification"]),
    tests("Residues", ["Arithmetic", "Cryptography", "Workers"]),
    tests(
        "Runtime",
        [
            "Arithmetic", "Columns", "Cryptography", "Handshake", "Link", "Models", "Seal", "Specification",
            "Transcript",
            "Unprotected",
        ]),
    tests("Seal", ["Cryptography", "ProtocolTesting", "Specification", "Transcript"]),
    tests("Shares", ["Arithmetic", "Cryptography", "IdealCipher", "Paillier"], resources: [.copy("Vectors")]),
    tests(
        "SourceLayers",
        [
            "Arithmetic", "Cryptography", "EmbedMatMul", "IdealCipher", "LayerTesting", "Link", "MatMul", "Paillier",
            "Shares", "Specification",
        ]),
    tests("Specification"),
    .testTarget(
        name: "SystemTests",
        dependencies: [
            "colonnade", "colonnade-audit", "colonnade-bench", "colonnade-party", "Compression", "Cryptography",
            "PostgresServer", "Ranks", "RowSources", "Transcript", sqlite,
        ],
        swiftSettings: settings),
    tests("Tables", ["RowSources", "Scratch"]),
    tests("Tensors", ["Workers"], exclude: ["make_vectors.py"], resources: [.embedInCode("vectors.json")]),
    tests("TLSLink", ["Cryptography", "Link", "Loopback", "Specification", "Workers"] + nio),
    tests("Transcript", ["Cryptography", "Specification"]),
    tests("Unprotected", ["Arithmetic", "Models", "ProtocolTesting", "Specification"]),
    tests("WideArea"),
    tests("WideAreaProxy", ["Link", "Loopback", "Specification", "WideArea"]),
    tests("RankTowers", ["HistoryTower", "ParallelPlanning", "ParallelTraining", "RankTesting", "Ranks"]),
    tests("Ranks", ["RankTesting", "rank-fixture"]),
    tests("Workers"),
]

// In the package for `Tests/fuzz` only: its `main` is libFuzzer's, which stands in builds with that sanitiser alone.
let fuzzers: [Target] =
    Context.environment["COLONNADE_FUZZER"] == nil
    ? []
    : [
        .executableTarget(
            name: "Fuzzer", dependencies: ["Fuzzing"], path: "Tests/Fuzzer",
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
    ]

let package = Package(
    name: "colonnade",
    traits: [
        .trait(name: "SQLite", description: "Reads rows out of SQLite files; needs libsqlite3-dev."),
        .trait(name: "PostgreSQL", description: "Reads rows out of PostgreSQL databases; needs libpq-dev."),
        .trait(
            name: "MPI",
            description: "Spreads a party's work over processes and hosts; needs libopenmpi-dev and openmpi-bin."),
        .default(enabledTraits: ["SQLite", "PostgreSQL", "MPI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.10.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: systemLibraries + numbers + wire + computation + protocols + house + programs + allTests + fuzzers
)
