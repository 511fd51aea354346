import Cryptography
import Testing

/// All paths give the same bits, whatever the numbers.
@Suite struct CurvePathTests {
    /// 0, 1, 2; around p; the largest below 2^255 and 2^256; one bit; all bits of a limb of 51, and of the next.
    private static let edges: [Words] = {
        let (full, half) = (UInt64.max, UInt64.max >> 1)
        var edges = [Words(0, 0, 0, 0), Words(1, 0, 0, 0), Words(2, 0, 0, 0), Words(9, 0, 0, 0)]
        for low in (full - 20)...full { edges.append(Words(low, full, full, half)) }
        edges += [Words(full, full, full, full), Words(full - 37, full, full, full), Words(0, 0, 0, 1 << 63)]
        edges += (0..<64).map { Words(0, 1 << UInt64($0), 0, 0) }
        edges += [Words(1 << 51 - 1, 0, 0, 0), Words(full << 51, 1 << 38 - 1, 0, 0), Words(0, 0, 0, full << 12)]
        return edges
    }()

    private func random(_ count: Int) -> [Words] {
        (0..<count).map { _ in Words(littleEndian: SystemRandom.bytes(32)) }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 17, 255, 256, 257, 520])
    func manyAreAsOneByOne(count: Int) {
        let points = Array((CurvePathTests.edges + random(count)).suffix(count))
        let bits = LadderBits(SystemRandom.secret(32), steps: 256)
        for path in CurvePath.available {
            #expect(path.check(points) == points.flatMap { path.check([$0]) })
        }
        #expect(CurvePath.fastest.multiply(points, by: bits) == CurvePath.portable.multiply(points, by: bits))
    }

    @Test(arguments: [1, 2, 3, 255, 256])
    func multiplyAlike(steps: Int) {
        let points = CurvePathTests.edges + random(100)
        for _ in 0..<3 {
            let shared = LadderBits(SystemRandom.secret(32), steps: steps)
            #expect(CurvePath.fastest.multiply(points, by: shared) == CurvePath.portable.multiply(points, by: shared))
            let own = LadderBits(each: points.map { _ in SystemRandom.secret(32) }, steps: steps)
            #expect(CurvePath.fastest.multiply(points, by: own) == CurvePath.portable.multiply(points, by: own))
        }
    }

    @Test func checkAlike() {
        let points = CurvePathTests.edges + random(3000)
        let faults = CurvePath.fastest.check(points)
        #expect(faults == CurvePath.portable.check(points))
        for fault in [PointFault.sound, PointFault.notCanonical, PointFault.notOnCurve] {
            #expect(faults.count { $0 == fault } > 20)
        }
    }

    @Test func mapAlike() {
        var numbers = CurvePathTests.edges.map { WideWords(low: $0, 0, 0) }
        numbers += CurvePathTests.edges.map { WideWords(low: $0, .max, .max) }
        numbers += random(1000).map { WideWords(low: $0, 1 << 63, 1 << 63 - 1) }
        for count in [0, 1, 7, 8, 9, 16, 17, 257, numbers.count] {
            let some = Array(numbers.suffix(count))
            #expect(CurvePath.fastest.map(some) == CurvePath.portable.map(some))
        }
        let points = CurvePath.fastest.map(random(1000).map { WideWords(low: $0, 1, 0) })
        #expect(CurvePath.fastest.check(points).allSatisfy { $0 == PointFault.sound })
    }

    @Test func hashDecodeAndMultiplyAlike() throws {
        let ids = SystemRandom.bytes(32 * 700)
        let points = CurvePoint.hash(packed: ids, each: 32, path: .fastest)
        #expect(points == CurvePoint.hash(packed: ids, each: 32, path: .portable))
        #expect(points == CurvePoint.hash((0..<700).map { Array(ids[32 * $0..<32 * $0 + 32]) }))
        let (scalar, bytes) = (CurveScalar(), CurvePoint.encode(points))
        #expect(bytes == points.flatMap(\.bytes))
        for path in CurvePath.available {
            #expect(try CurvePoint.decode(bytes, path: path) == points)
            #expect(try CurvePoint.multiply(points, by: scalar, path: path) == CurvePoint.multiply(points, by: scalar))
        }
    }
}
