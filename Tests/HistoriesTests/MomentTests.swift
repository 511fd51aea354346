import Glibc
import Histories
import Testing

@Suite struct MomentTests {
    private func moment(_ cell: String) -> Moment? { Moment(Array(cell.utf8)[...]) }

    @Test(arguments: [
        ("0", 0), ("1357017300", 1_357_017_300), ("-5", -5), ("+7", 7), ("12.75", 12), ("-0.5", -1), ("1e3", 1000),
        ("1970-01-01", 0), ("2013-01-01", 1_356_998_400), ("2013-01-01T05:15:00Z", 1_357_017_300),
        ("2013-01-01 05:15:00", 1_357_017_300), ("2013-01-01 05:15", 1_357_017_300),
        ("2013-01-01T05:15:00.999", 1_357_017_300), ("2013-01-01 05:15:00.123456+00", 1_357_017_300),
        ("2013-01-01T05:15:00+01:00", 1_357_013_700), ("2013-01-01T05:15:00-0130", 1_357_022_700),
        ("1969-12-31T23:59:59Z", -1), ("2000-02-29", 951_782_400),
    ]) func moments(cell: String, seconds: Int) { #expect(moment(cell)?.seconds == seconds) }

    @Test(arguments: [
        "", "x", "2013-1-1", "2013-02-29", "1900-02-29", "2013-13-01", "2013-00-01", "2013-01-00", "2013-04-31",
        "2013-01-01T", "2013-01-01T5:15", "2013-01-01T24:00", "2013-01-01T05:60", "2013-01-01T05:15:60",
        "2013-01-01 05",
        "2013-01-01T05:15:00.", "2013-01-01T05:15:00+1", "2013-01-01T05:15:00ZZ", "2013-01-01Z", "nan", "1e300",
        "9007199254740992", "2013-01-01T05:15:00+01:0", "13-01-01", "2013/01/01",
    ]) func noMoments(cell: String) {
        #expect(moment(cell) == nil)
    }

    @Test func everyDayAsTheCLibraryCountsIt() {
        var generator = SplitMix(state: 1)
        var wrong: [String] = []
        for _ in 0..<20_000 {
            let (year, month) = (Int.random(in: 1...9999, using: &generator), Int.random(in: 1...12, using: &generator))
            let day = Int.random(in: 1...31, using: &generator)
            func digits(_ number: Int, _ count: Int) -> String {
                String(repeating: "0", count: count - "\(number)".count) + "\(number)"
            }
            let text = "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
            let found = moment(text + "T13:05:09Z")
            let seconds = secondsOfC(year, month, day).map { $0 + 13 * 3600 + 5 * 60 + 9 }
            let written = seconds.map { _ in text + "T13:05:09Z" }
            if found?.seconds != seconds || found?.description != written { wrong.append(text) }
        }
        #expect(wrong.isEmpty)
    }

    /// `nil` for a day that its month does not have.
    private func secondsOfC(_ year: Int, _ month: Int, _ day: Int) -> Int? {
        var fields = tm()
        (fields.tm_year, fields.tm_mon, fields.tm_mday) = (Int32(year - 1900), Int32(month - 1), Int32(day))
        let seconds = timegm(&fields)
        return Int(fields.tm_mday) == day ? seconds : nil
    }
}
