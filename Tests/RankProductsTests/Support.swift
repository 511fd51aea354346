import Arithmetic
import Cryptography
import Paillier
import RankProducts
import Ranks
import Synchronization

/// A recorded key, which protects nothing, made once.
enum Keys {
    static let small = PrivateKey.insecureGenerate(bits: 512, from: stream("small key"))
    static let real = PrivateKey.insecureGenerate(bits: 2048, from: stream("real key"))
}

/// The same bytes for the same name, every time.
func stream(_ name: String) -> RandomStream {
    guard let stream = try? RecordedRandomSource(seed: [7]).stream(name) else {
        preconditionFailure("a new source has used no name")
    }
    return stream
}

/// Encrypted numbers.
func operand(
    _ rows: Int, _ columns: Int, isReused: Bool = false, key: PrivateKey = Keys.small
) throws -> EncryptedOperand {
    let values = stream("values").bytes(rows * columns).map { Integer(Int64($0)) }
    let ciphertexts = try key.encrypt(values, with: key.noise(count: values.count, from: stream("noise")))
    return key.cipher.operand(Matrix(rows: rows, columns: columns, elements: ciphertexts), isReused: isReused)
}

/// Multipliers of every sort that layers have.
enum Sorts {
    static func dense(_ rows: Int, _ columns: Int, bits: Int = 20, _ name: String = "x") throws -> Multipliers {
        let bytes = stream(name).bytes(8 * rows * columns)
        let elements = (0..<rows * columns).map { index -> Int64 in
            let word = bytes[8 * index..<8 * index + 8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
            return word >> Int64(64 - bits)
        }
        return try Multipliers(Matrix(rows: rows, columns: columns, elements: elements), bits: bits)
    }

    static func wide(_ rows: Int, _ columns: Int) throws -> Multipliers {
        let bytes = stream("wide").bytes(16 * rows * columns)
        let elements = (0..<rows * columns).map { index in
            bytes[16 * index..<16 * index + 16].reduce(Int128(0)) { $0 << 8 | Int128($1) }
        }
        return try Multipliers(wide: Matrix(rows: rows, columns: columns, elements: elements), bits: 127)
    }

    /// `fields` ones a row.
    static func oneHot(_ rows: Int, _ columns: Int, fields: Int, one: Int64 = 1 << 20) throws -> Multipliers {
        let draws = stream("fields").bytes(rows * fields)
        let places = (0..<rows).map { row in
            (0..<fields).map { field -> SparseMatrix<Int64>.Place in
                let (first, end) = (columns * field / fields, columns * (field + 1) / fields)
                return .init(first + Int(draws[row * fields + field]) % (end - first), one)
            }
        }
        return try Multipliers(SparseMatrix(columns: columns, rows: places), bits: 22)
    }

    /// Few numbers among many zeros, and stored zeros.
    static func sparse(_ rows: Int, _ columns: Int) throws -> Multipliers {
        let places = (0..<rows).map { row in
            [SparseMatrix<Int64>.Place(row % columns, Int64(row - 3)), .init(columns, 0)].dropLast(row % 3 == 0 ? 0 : 1)
        }
        return try Multipliers(SparseMatrix(columns: columns + 1, rows: places.map { Array($0) }), bits: 30)
    }

    static var all: [Multipliers] {
        get throws {
            [
                try dense(20, 9), try dense(1, 9), try dense(9, 1), try wide(5, 9), try oneHot(30, 12, fields: 3),
                try oneHot(3, 700, fields: 2), try sparse(25, 300), Multipliers(selecting: [3, 1, 1, 0, 8], of: 9),
                Multipliers(scatteringInto: 4, targets: [0, 3, 3]), try dense(4, 3, bits: 61),
                try Multipliers(Matrix(rows: 3, columns: 2, repeating: Int64(0)), bits: 5), try dense(7, 0),
                try dense(0, 4),
            ]
        }
    }
}

/// Ranks that are threads of this process, and what went through.
final class Bench: Sendable {
    let services: [ProductService]
    /// What a rank's collectives are in place of the ranks' own.
    private let fault: @Sendable (any Collectives) -> any Collectives
    private let count: Mutex<(requests: Int, shared: Int, bytes: Int)> = Mutex((0, 0, 0))

    init(
        _ ranks: Int, threads: [Int] = [],
        fault: @escaping @Sendable (any Collectives) -> any Collectives = { $0 }
    ) {
        services = (0..<ranks).map { ProductService(threads: $0 < threads.count ? threads[$0] : 1) }
        self.fault = fault
    }

    var requests: Int { count.withLock { $0.requests } }
    /// Those in which ranks built tables together.
    var shared: Int { count.withLock { $0.shared } }
    var bytes: Int { count.withLock { $0.bytes } }

    func request(_ payload: [UInt8]) throws(RankError) -> [UInt8] {
        count.withLock {
            $0 = ($0.requests + 1, $0.shared + (payload.first == 1 ? 1 : 0), $0.bytes + payload.count)
        }
        do {
            let answers = try ThreadRanks.run(services.count) { [services, fault] ranks in
                try services[ranks.rank].handle(fault(ranks), ranks.rank == 0 ? payload : [])
            }
            return answers[0]
        } catch let error as RankError { throw error } catch { throw .connection("\(error)") }
    }

    func products(_ choice: RankProducts.Choice = .all) -> RankProducts {
        RankProducts(ranks: services.count, threads: 1, choice: choice) { [self] payload in
            try request(payload)
        }
    }
}
