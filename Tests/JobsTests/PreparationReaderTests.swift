import Documents
import Jobs
import Preparation
import Specification
import Testing

private let yaml = """
    name: flights-late
    parties:
      airline: {role: label}
      weather: {role: feature}
    align: {key: flight_id}
    label: late
    columns:
      airline: [carrier, tail, hour, distance, delay]
      weather: [temp, wind, sky]
    model: {kind: logistic}
    train: {epochs: 2}
    prepare:
      airline:
        distance: [log, standardize]
        delay: [{fill: median}, indicator, {clip: [p1, p99]}, min-max]
        carrier: [{rare: 0.01}, one-hot]
        tail: [{fill: {constant: none}}, {hash: 64}]
        hour: [{chi-merge: {count: 6, as: ordinal}}]
      weather:
        temp: []
        wind: [{clip: [-3, 3.5]}, {quantile: normal}]
        "*": {numbers: [quantile, {bins: 8}], categories: [{rare: 20}]}

    """

@Suite struct PreparationReaderTests {
    private func job(_ text: String = yaml, _ overrides: [String] = []) throws -> Job {
        try Job(Document(yaml: text, file: "job.yaml", overrides: overrides))
    }

    @Test func listsAreReadByPartyAndColumn() throws {
        let plans = try #require(try job().prepare)
        let airline = PreparationPlan(columns: [
            "distance": [.log, .standardize],
            "delay": [.fill(.median), .indicator, .clip(low: .percentile(1), high: .percentile(99)), .minMax],
            "carrier": [.rare(below: 0.01), .oneHot], "tail": [.fill(.constant("none")), .hash(buckets: 64)],
            "hour": [.chiMerge(count: 6, .ordinal)],
        ])
        let weather = PreparationPlan(
            columns: ["temp": [], "wind": [.clip(low: .number(-3), high: .number(3.5)), .quantile(.normal)]],
            numbers: [.quantile(.uniform), .bins(count: 8, .oneHot)], categories: [.rare(below: 20)])
        #expect(try plans == [Party("airline"): airline, Party("weather"): weather])
        #expect(try job().invalidities == [])
        // One list under the star is for numbers.
        let star = try job(yaml, ["prepare.weather={\"*\": [min-max]}"]).prepare?[Party("weather")]
        #expect(star == PreparationPlan(numbers: [.minMax]))
    }

    /// Jobs without the section keep their bytes, and so the hash that people approved.
    @Test func whatIsNotSaidIsNotEncoded() throws {
        func encoded(_ job: Job) throws -> [UInt8] {
            try EffectiveJob(job: job, certificates: [:], protocols: []).encoded
        }
        let plain = try job(String(yaml[..<#require(yaml.firstRange(of: "prepare:")).lowerBound]))
        #expect(plain.prepare == nil)
        #expect(try !String(decoding: encoded(plain), as: UTF8.self).contains("prepare"))
        let bytes = try encoded(job())
        #expect(try EffectiveJob(decoding: bytes).encoded == bytes)
        #expect(try EffectiveJob(decoding: bytes).job == job())
        #expect(try encoded(job(yaml, ["prepare.airline.hour=[min-max]"])) != bytes)
    }

    @Test(arguments: [
        ("log, standardize", "logarithm", 14, "prepare.airline.distance[1]", "is none of fill, indicator, clip"),
        ("log, standardize", "{log: 2}", 14, "prepare.airline.distance[1].log", "no value is expected here"),
        ("log, standardize", "log, one-hot", 14, "prepare.airline.distance", "one column is of one kind"),
        ("log, standardize", "{bins: 1}", 14, "prepare.airline.distance[1].bins", "a whole number from 2 to 256"),
        (
            "log, standardize", "{bins: {count: 3, as: text}}", 14, "prepare.airline.distance[1].bins.as",
            "none of one-hot"
        ),
        ("log, standardize", "bins", 14, "prepare.airline.distance[1].bins", "a text is expected"),
        ("log, standardize", "{log: 1, min-max: 2}", 14, "prepare.airline.distance[1]", "one name with its value"),
        ("[log, standardize]", "log", 14, "prepare.airline.distance", "a list is expected"),
        ("{fill: median}", "{fill: most}", 15, "prepare.airline.delay[1].fill", "mean, median, mode or {constant: X}"),
        ("{fill: median}, indicator", "indicator, {log: }, {fill: mean}", 15, "prepare.airline.delay", "the order is"),
        ("[p1, p99]", "[p1]", 15, "prepare.airline.delay[3].clip", "two limits are expected"),
        ("[p1, p99]", "[p1, p101]", 15, "prepare.airline.delay", "a percentile must be"),
        ("rare: 0.01", "rare: 1.5", 16, "prepare.airline.carrier[1].rare", "a share of the training rows"),
        ("{hash: 64}", "embed", 17, "prepare.airline.tail", "embed needs embedding tables"),
        ("{quantile: normal}", "{chi-merge: 3}", 21, "prepare.weather.wind", "chi-merge needs labels"),
        ("temp: []", "heat: []", 20, "prepare.weather.heat", "is no column that this job uses of weather's"),
        (
            "[quantile, {bins: 8}]", "[one-hot]", 22, "prepare.weather.*",
            "the list for numbers has steps for categories"
        ),
        ("  weather:\n", "  bank:\n", 19, "prepare.bank", "is no party of this job"),
    ])
    func problemsNameLineAndField(
        original: String, replacement: String, line: Int, field: String, complaint: String
    ) throws {
        let section = try #require(yaml.firstRange(of: "prepare:")).lowerBound
        let text = yaml[..<section] + yaml[section...].replacing(original, with: replacement, maxReplacements: 1)
        #expect(text != yaml)
        let error = #expect(throws: DocumentError.self) { try job(String(text)) }
        #expect(error?.line == line && error?.field == field, "\(error?.description ?? "")")
        #expect(error?.problem.contains(complaint) == true, "\(error?.description ?? "")")
    }

    /// A job that is sent is held to what the reader holds files to.
    @Test func aJobThatIsSentIsCheckedAlike() throws {
        var job = try job()
        let weather = try Party("weather")
        job.prepare?[weather] = PreparationPlan(
            columns: ["temp": [.chiMerge(count: 3, .oneHot)], "moon": [.bins(count: 1_000_000, .oneHot)]])
        let problems = job.invalidities
        #expect(problems.contains { $0.contains("prepare.weather.temp: chi-merge needs labels") })
        #expect(problems.contains { $0.contains("prepare.weather.moon: is no column") })
        #expect(problems.contains { $0.contains("prepare.weather.moon: 'bins'") })
        job.prepare = try [Party("bank"): PreparationPlan()]
        #expect(job.invalidities.contains { $0.contains("is no party of this job") })
    }
}
