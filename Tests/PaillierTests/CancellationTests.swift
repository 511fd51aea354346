import Arithmetic
import Glibc
import Paillier
import Synchronization
import Testing
import Workers

@Suite struct CancellationTests {
    private let key = Keys.small
    private var cipher: PublicKey { key.cipher }

    private func operand(_ rows: Int, isReused: Bool) throws -> (EncryptedOperand, Matrix<Integer>) {
        let values = Matrix(rows: rows, columns: 2, elements: randomIntegers(2 * rows, bits: 300, from: stream("w")))
        let ciphertexts = try key.encrypt(values.elements, from: stream("values"))
        return (cipher.operand(Matrix(rows: rows, columns: 2, elements: ciphertexts), isReused: isReused), values)
    }

    @Test func cancelledCallsThrow() throws {
        let ciphertexts = try key.encrypt([1, 2, 3], from: stream("a"))
        let wire = cipher.encode(ciphertexts)
        let (operand, _) = try operand(3, isReused: false)
        let multipliers = try Multipliers(Matrix(rows: 2, columns: 3, repeating: 5), bits: 23)
        let noises = (0..<3).map { cipher.noise(count: 3, bits: 300, from: stream("\($0)")) }
        let cancellation = Cancellation()
        cancellation.cancel()
        WorkContext(cancellation: cancellation).run {
            #expect(throws: PaillierError.cancelled) { try key.encrypt([1, 2, 3], with: noises[0]) }
            #expect(throws: PaillierError.cancelled) { try cipher.encrypt([1, 2, 3], with: noises[1]) }
            #expect(throws: PaillierError.cancelled) {
                try cipher.hide(ciphertexts, adding: [0, 0, 0], with: noises[2])
            }
            #expect(throws: PaillierError.cancelled) { try key.decrypt(ciphertexts) }
            #expect(throws: PaillierError.cancelled) { try cipher.add(ciphertexts, ciphertexts) }
            #expect(throws: PaillierError.cancelled) { try cipher.decode(wire, count: 3) }
            for join in [RowJoin.none, RowJoin(size: 2, rowBits: 30)] {
                #expect(throws: PaillierError.cancelled) {
                    try cipher.product(variableTime: multipliers, operand, join: join)
                }
            }
        }
        #expect(try key.decrypt(ciphertexts) == [1, 2, 3], "other work goes on")
    }

    /// Wherever a product is stopped, an operand keeps nothing that is not whole.
    @Test(arguments: [1, 2, 5, 20]) func stoppedProductsLeaveNothingHalfDone(after parts: Int) throws {
        let (operand, values) = try operand(40, isReused: true)
        let plain = Matrix<Int64>(rows: 200, columns: 40, elements: (0..<8000).map { Int64($0 % 4097 - 2048) })
        let multipliers = try Multipliers(plain, bits: 13)
        let cancellation = Cancellation()
        let told = Mutex(0)
        let progress: @Sendable (Int, Int) -> Void = { _, _ in
            let count = told.withLock { told -> Int in
                told += 1
                return told
            }
            if count == parts { cancellation.cancel() }
        }
        _ = WorkContext(cancellation: cancellation, progress: progress).run {
            #expect(throws: PaillierError.cancelled) {
                try cipher.product(variableTime: multipliers, operand, join: .none)
            }
        }
        let result = try cipher.product(variableTime: multipliers, operand, join: .none)
        #expect(try key.decrypt(result) == product(plain, values).elements)
    }

    /// Cancelled at any moment, a product is refused or right; and so is the next one with the same operand.
    @Test(arguments: [RowJoin.none, RowJoin(size: 4, rowBits: 45)], [false, true])
    func productsCancelledAtAnyMoment(join: RowJoin, isUnit: Bool) throws {
        let plain = Matrix<Int64>(
            rows: 8, columns: 20, elements: (0..<160).map { isUnit ? Int64($0 % 3 & 1) : Int64($0 % 51 - 25) })
        let multipliers = try Multipliers(plain, bits: 6)
        let ciphertexts = Matrix(
            rows: 20, columns: 2,
            elements: try key.encrypt(randomIntegers(40, bits: 300, from: stream("w")), from: stream("values")))
        let expected = try cipher.product(
            variableTime: multipliers, cipher.operand(ciphertexts, isReused: false), join: join)
        var cancelled = 0
        for step in 0..<200 {
            let operand = cipher.operand(ciphertexts, isReused: true)
            let cancellation = Cancellation()
            startThread {
                usleep(UInt32(step * 10))
                cancellation.cancel()
            }
            let result = WorkContext(cancellation: cancellation).run {
                try? cipher.product(variableTime: multipliers, operand, join: join)
            }
            if let result { #expect(result == expected) } else { cancelled += 1 }
            #expect(try cipher.product(variableTime: multipliers, operand, join: join) == expected)
        }
        #expect(cancelled > 0)
    }

    @Test func productsTellTheirProgress() throws {
        let (operand, _) = try operand(10, isReused: false)
        let multipliers = try Multipliers(Matrix(rows: 100, columns: 10, repeating: -3), bits: 10)
        let told = Mutex<[(done: Int, of: Int)]>([])
        _ = try WorkContext(progress: { done, total in told.withLock { $0.append((done, total)) } }).run {
            try cipher.product(variableTime: multipliers, operand, join: .none)
        }
        let steps = told.withLock { $0 }
        #expect(!steps.isEmpty)
        #expect(steps.contains { $0.done == $0.of })
        #expect(steps.allSatisfy { (1...$0.of).contains($0.done) })
    }
}
