import Attacks
import Evaluation
import Testing

@Suite struct StatisticsTests {
    /// Scores with ties.
    private func scores(_ name: String, _ count: Int) -> [Double] {
        var random = SplitMix64(name)
        return (0..<count).map { _ in (8 * random.uniform()).rounded() }
    }

    private func classes(_ name: String, _ count: Int, share: Double) -> [Bool] {
        var random = SplitMix64(name)
        return (0..<count).map { _ in random.uniform() < share }
    }

    @Test func areaIsThatOfTheReports() throws {
        let (scores, positives) = (scores("scores", 500), classes("classes", 500, share: 0.3))
        let area = try #require(AreaUnderCurve(scores, positives: positives, clusters: Array(0..<500)))
        let expected = try Metric.auc.measure(scores, against: positives.map { $0 ? 1 : 0 })
        #expect(abs(area.area - expected) < 1e-12)
        #expect(AreaUnderCurve([1, 2], positives: [true, true], clusters: [0, 1]) == nil)
    }

    @Test func standardErrorIsThatOfUnrelatedScores() throws {
        var squares = 0.0
        var stated = 0.0
        for draw in 0..<300 {
            var random = SplitMix64("unrelated", draw)
            let scores = (0..<200).map { _ in random.uniform() }
            let area = try #require(
                AreaUnderCurve(scores, positives: (0..<200).map { $0 < 40 }, clusters: Array(0..<200)))
            squares += (area.area - 0.5) * (area.area - 0.5) / 300
            stated += area.standardError / 300
        }
        #expect((0.85...1.15).contains(squares.squareRoot() / stated))
    }

    /// Twenty scores of a batch are one number, as where they follow from one sum: they say no more than one.
    @Test func clustersCountOnce() throws {
        var squares = 0.0
        var stated = 0.0
        for draw in 0..<300 {
            var random = SplitMix64("clusters", draw)
            let shared = (0..<60).map { _ in random.normal() }
            let batches = (0..<1200).map { $0 / 20 }
            let area = try #require(
                AreaUnderCurve(
                    batches.map { shared[$0] }, positives: batches.map { $0 < 20 }, clusters: batches))
            squares += (area.area - 0.5) * (area.area - 0.5) / 300
            stated += area.standardError / 300
        }
        #expect((0.8...1.2).contains(squares.squareRoot() / stated))
    }

    /// Against Python's statistics.NormalDist.
    @Test(arguments: [(1, 3.5), (10, 4.07243), (100, 4.57987), (1000, 5.04011)])
    func manyTestsNeedMore(tests: Int, expected: Double) {
        #expect(abs(Significance.standardErrors(tests: tests) - expected) < 1e-4)
    }

    @Test func rarerSideIsPositive() throws {
        #expect(Labels(targets: [1, 1, nil]) == nil)
        let binary = try #require(Labels(targets: [1, 0, 0, 0, nil]))
        #expect(binary.positives == [true, false, false, false, nil] && binary.share == 0.25)
        let mostlyOnes = try #require(Labels(targets: [1, 0, 1, 1]))
        #expect(mostlyOnes.positives == [false, true, false, false])
        let numbers = try #require(Labels(targets: [1, 2, 3, 4, 5]))
        #expect(numbers.positives == [true, true, false, false, false])
    }

    @Test func worstKeepsCount() throws {
        let measured = [
            Measurement(.auc, 0.55, standardError: 0.01, count: 10),
            Measurement(.auc, 0.4, standardError: 0.02, count: 10, tests: 3),
        ]
        let worst = try #require(Measurement.worst(of: measured))
        #expect(worst.value == 0.4 && worst.tests == 4 && abs(worst.deviation - 0.1) < 1e-12)
    }
}
