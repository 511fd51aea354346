import Arithmetic
import Attacks
import Cryptography
import Demonstrations
import IdealCipher
import Testing

/// Attacks on the opened sums: they must succeed far over the limit, or they would say nothing about jobs within it.
@Suite struct OpenedSumTests {
    /// R2 of an attack that succeeds, at least.
    private let recovered = 0.99
    /// R2 of one that does not, below.
    private let hidden = 0.5

    private func source() -> any RandomSource { RecordedRandomSource(seed: Array("opened sums".utf8)) }

    private func demonstrate(_ attack: OpenedSumAttack) throws -> OpenedSumDemonstration {
        let key = IdealKey(keyBits: 2048)
        return try OpenedSumDemonstration(attack, keys: (key, key), source: source)
    }

    private func run(_ job: ExampleJob) throws -> ExampleRun {
        let key = IdealKey(keyBits: 2048)
        return try ExampleRun(job, keys: (key, key), source: source)
    }

    @Test(arguments: OpenedSumAttack.allCases) func oneJobOverTheLimitAndOneWithin(attack: OpenedSumAttack) throws {
        let results = try demonstrate(attack).results
        #expect(results.map(\.isWithinLimit) == [false, true])
        #expect(results[0].exposure > 4 * 0.5 && results[1].exposure <= 0.5)
        let job = results[0].job
        #expect(results[0].exposure == Double(job.width * job.openings) / Double(job.columns))
    }

    // MARK: - What the demonstration shows

    private func values(_ attack: OpenedSumAttack) throws -> [(over: Double, within: Double)] {
        let results = try demonstrate(attack).results
        return zip(results[0].measures, results[1].measures).map { ($0.value, $1.value) }
    }

    @Test func gram() throws {
        let (unknowns, rank, r2, error) = try { ($0[0], $0[1], $0[2], $0[3]) }(values(.gram))
        #expect(rank.over == unknowns.over && rank.within < unknowns.within / 2)
        #expect(r2.over >= recovered && r2.within < hidden)
        #expect(error.over < 1e-3 && error.within > 0.1)
    }

    @Test func knownRows() throws {
        let values = try values(.knownRows)
        for features in [values[0], values[2]] { #expect(features.over >= recovered && features.within < hidden) }
        // X_A W_A follows from as many known rows as there are columns, in every job.
        for product in [values[1], values[3]] { #expect(product.over >= recovered && product.within >= recovered) }
    }

    @Test func columnSpan() throws {
        let (product, span) = try { ($0[0], $0[1]) }(values(.columnSpan))
        #expect(span.over >= recovered && span.within < hidden)
        // One opening shows X_A W_A: the ledger does not prevent that, and no text may say so.
        #expect(product.over >= recovered && product.within > 0.9)
    }

    // MARK: - Where attacks end

    /// Width at the rank of the features: the first opening is enough, so that such a job is refused outright.
    @Test func oneWideOpeningShowsAllFeatures() throws {
        let run = try run(.init(rows: 60, columns: 4, labelColumns: 3, width: 4, openings: 1, batch: 60))
        let attack = KnownRowsAttack(run.view, rows: Array(0..<40), known: run.features.prefix(rows: 40))
        let others = Array(40..<60)
        #expect(
            Recovery(of: run.features.selecting(rows: others), by: attack.features.selecting(rows: others)).r2
                >= recovered)
    }

    /// No more rows than the label party has columns: V_B hides what it should.
    @Test func fewRowsAreHidden() throws {
        let few = try run(.init(rows: 6, columns: 8, labelColumns: 6, width: 1, openings: 1, batch: 6))
        #expect(Recovery(of: few.product, by: ColumnSpanAttack(few.view).product).r2 < hidden)
        let many = try run(.init(rows: 600, columns: 8, labelColumns: 6, width: 1, openings: 1, batch: 600))
        #expect(Recovery(of: many.product, by: ColumnSpanAttack(many.view).product).r2 > 0.95)
    }

    /// Fewer known rows than the map has unknowns, and one narrow opening.
    @Test func fewKnownRowsTellLittle() throws {
        let run = try run(.init(rows: 100, columns: 8, labelColumns: 4, width: 1, openings: 1, batch: 100))
        let attack = KnownRowsAttack(run.view, rows: Array(0..<5), known: run.features.prefix(rows: 5))
        let others = Array(5..<100)
        #expect(
            Recovery(of: run.features.selecting(rows: others), by: attack.features.selecting(rows: others)).r2 < hidden)
    }

    /// Another party's view of the same sizes: the equations are about this run's rows and nothing else.
    @Test func gramNeedsTheRightDerivatives() throws {
        let run = try run(.init(rows: 16, columns: 6, labelColumns: 3, width: 2, openings: 24, batch: 4))
        let rounds = run.view.rounds.map { round in
            LabelView.Round(
                rows: round.rows, opened: round.opened, ownShare: round.ownShare,
                derivative: round.derivative.map { Matrix(rows: 4, columns: 2, elements: $0.elements.reversed()) })
        }
        let view = LabelView(
            ownRows: run.view.ownRows, rate: run.view.rate, momentum: run.view.momentum, rounds: rounds)
        let gram = run.features * run.features.transposed()
        #expect(Recovery(of: gram, by: GramAttack(view).gram).r2 < hidden)
        #expect(Recovery(of: gram, by: GramAttack(run.view).gram).largestError < 1e-3)
    }

    // MARK: - In words

    @Test(arguments: OpenedSumAttack.allCases) func theTextSaysWhatItMeans(attack: OpenedSumAttack) throws {
        let demonstration = try demonstrate(attack)
        let text = demonstration.text
        for words in ["No mask prevents this", "exposure ratio", "passes 0.5", "not a proof"] {
            #expect(text.contains(words))
        }
        for measure in demonstration.results[0].measures { #expect(text.contains(measure.name)) }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }
}
