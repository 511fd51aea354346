import Glibc
import Jobs
import Tables
import Testing

@Suite struct ExposureLedgerTests {
    private func temporaryPath() throws -> String {
        var template = Array("/tmp/colonnade-ledger-XXXXXX".utf8CString)
        return String(cString: try #require(mkdtemp(&template))) + "/flights.ledger"
    }

    private let rows = (0..<10).map { ExposureLedger.RowName(id: [UInt8($0)]) }

    @Test func openingsAddUpOverJobsAndRestarts() throws {
        let path = try temporaryPath()
        let step = ExposureLedger.step(width: 1, columns: 5)
        var ledger = try ExposureLedger(path: path)
        #expect(ledger.ratio(of: rows) == 0)
        ledger.count(rows.prefix(5), openings: 2, step: step)
        try ledger.save()
        var again = try ExposureLedger(path: path)
        #expect(again.ratio(of: rows) == 0.4)
        #expect(again.ratio(of: Array(rows.suffix(5))) == 0)
        again.count(rows.suffix(6), openings: 1, step: step)
        #expect(abs(again.ratio(of: rows) - 0.6) < 1e-9)
        again.count(rows.prefix(5), openings: 2, step: step, adding: false)
        #expect(abs(again.ratio(of: rows) - 0.2) < 1e-9)
    }

    @Test func aLedgerNeverCountsTooLittle() {
        #expect(ExposureLedger.step(width: 1, columns: 3) == 333_333_333_334)
        #expect(ExposureLedger.step(width: 2, columns: 4) == 500_000_000_000)
    }

    /// Half the columns are one half, not a rounding more: a limit of 0.5 lets them pass.
    @Test(arguments: [2, 6, 14, 62, 974]) func roundingDoesNotShow(columns: Int) throws {
        var ledger = try ExposureLedger(path: temporaryPath())
        ledger.count(rows, openings: columns / 2, step: ExposureLedger.step(width: 1, columns: columns))
        #expect(ledger.ratio(of: rows) == 0.5)
        #expect(ExposureLedger.ratio(width: 1, columns: columns, openings: columns / 2) == 0.5)
    }

    /// Jobs that book, open, give back and end at the same time: each finds what the others booked, and takes back its own alone.
    @Test func severalJobsBookOnOneLedger() throws {
        let path = try temporaryPath()
        let folder = String(path.dropLast("/flights.ledger".count))
        let step = ExposureLedger.step(width: 1, columns: 10)
        func book(_ job: String, openings: Int, limit: Double = 1) throws -> ExposureReservation {
            try ExposureReservation(
                folder: folder, dataset: "flights", job: job, visits: [(RowNumbers(rows.indices), openings)],
                names: .init(rows), step: step
            ) { if $0.after > limit { throw TooMuch(after: $0.after) } }
        }
        func ratio() throws -> Double { try ExposureLedger(path: path).ratio(of: rows) }
        let one = try book("one", openings: 3)
        let two = try book("two", openings: 2)
        #expect(two.change.before == 0.3 && two.change.after == 0.5)
        #expect(throws: TooMuch(after: 0.6)) { try book("three", openings: 1, limit: 0.5) }
        #expect(try ratio() == 0.5)
        // The first one used all but one of its openings, the second none.
        try one.use()
        try one.giveBack([(rows: RowNumbers(rows.indices), openings: 1)])
        #expect(try ratio() == 0.4)
        two.settle()
        one.settle()
        #expect(try ratio() == 0.2)
        // A process that died before the first opening booked for good; the same job finds it.
        _ = try book("four", openings: 4)
        let again = try book("four", openings: 4, limit: 0.6)
        #expect(again.change.isPending && again.change.after == 0.6)
        #expect(try ratio() == 0.6)
    }

    private struct TooMuch: Error, Equatable { let after: Double }

    @Test func aDamagedLedgerIsRefused() throws {
        let path = try temporaryPath()
        var ledger = try ExposureLedger(path: path)
        ledger.count(rows, openings: 1, step: 1)
        try ledger.save()
        let bytes = try #require(try StateFile.read(path))
        let twice = bytes.dropLast(48) + bytes.suffix(24) + bytes.suffix(24)
        for damaged in [Array(bytes.dropLast()), bytes + [0], [], [0xFF] + bytes.dropFirst(), Array(twice)] {
            try StateFile.write(damaged, to: path)
            #expect(throws: StateError.damaged(path: path)) { try ExposureLedger(path: path) }
        }
    }
}
