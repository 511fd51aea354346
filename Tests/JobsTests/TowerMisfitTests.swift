import Documents
import Jobs
import Specification
import Testing

/// What a prediction is told whose towers are not those of its model.
@Suite struct TowerMisfitTests {
    private static let yaml = """
        name: late
        parties: {airline: {role: label}, weather: {role: feature}}
        align: {key: id}
        label: late
        model: {kind: mlp}
        train: {epochs: 1}
        columns: {weather: [rain, wind]}
        towers:
          airline: {columns: [hour, month], hidden: [4, 2], outputs: 2}
          weather: {kind: history, histories: [rain, wind], events: 64, width: 32, layers: 2, heads: 2, epochs: 1}

        """

    private func job(_ overrides: String...) throws -> Job {
        try Job(Document(yaml: Self.yaml, file: "job.yaml", overrides: overrides))
    }

    /// One that was trained by the file as it is, and used by one with a field changed: the sentence has party, field and both values, and
    /// with what it says to add, the job is the model's.
    @Test(arguments: [
        ("weather", "epochs", "5", "1"), ("weather", "width", "64", "32"), ("weather", "layers", "1", "2"),
        ("weather", "heads", "4", "2"), ("weather", "events", "128", "64"), ("weather", "rate", "0.005", "0.002"),
        ("weather", "outputs", "8", "16"), ("weather", "histories", "[wind]", "[rain, wind]"),
        ("airline", "columns", "[hour]", "[hour, month]"), ("airline", "hidden", "[3]", "[4, 2]"),
    ]) func theFieldThatDiffersIsNamed(party: String, field: String, value: String, trained: String) throws {
        let path = "towers.\(party).\(field)"
        let misfits = try job("\(path)=\(value)").towerMisfits(of: "ab-0", trainedBy: job())
        try #require(misfits.count == 1)
        #expect(
            misfits[0].hasPrefix(
                "model ab-0 was trained with \(path): \(trained), and the job file has \(value) (--set"))
        let override = try #require(misfits[0].firstMatch(of: /--set '([^']*)'/)).1
        #expect(try job("\(path)=\(value)", String(override)).towerMisfits(of: "ab-0", trainedBy: job()) == [])
    }

    @Test func severalFieldsAreNamedAndDefaultsToo() throws {
        let misfits = try job("towers.weather.width=64", "towers.weather.staleness=2", "towers.weather.budget=1 GiB")
            .towerMisfits(of: "ab-0", trainedBy: job())
        #expect(misfits.count == 3)
        #expect(misfits.contains { $0.contains("budget: \(256 << 20), and the job file has \(1 << 30) (") })
        #expect(misfits.contains { $0.contains("towers.weather.staleness: its default, and the job file has 2: use") })
    }

    @Test func aTowerThatIsNotThereIsNamed() throws {
        var without = try job()
        without.towers[try Party("weather")] = nil
        #expect(
            try without.towerMisfits(of: "ab-0", trainedBy: job()) == [
                "model ab-0 was trained with a tower of weather, and the job file has none: use the file that it was trained by"
            ])
        #expect(
            try job().towerMisfits(of: "ab-0", trainedBy: without) == [
                "model ab-0 was trained without a tower of weather, and the job file has one: use the file that it was trained by"
            ])
    }

    /// How histories are read is for each prediction to say.
    @Test func aShareOfHistoriesIsNoMisfit() throws {
        #expect(try job("towers.weather.history-budget=0.2").towerMisfits(of: "ab-0", trainedBy: job()).isEmpty)
    }
}
