import Foundation
import Preparation
import Tables
import Testing

/// Every step against scikit-learn and NumPy; `make_vectors.py` wrote the vectors.
@Suite struct VectorTests {
    @Test(arguments: Vectors.all.columns)
    func stepsAreThoseOfTheReference(_ vector: Vectors.Column) throws {
        let table = try vector.table
        let preparation = try Preparation(table, vector.steps.map(\.step), training: 0..<vector.train)
        let values = try preparation.values(table)
        #expect(preparation.columnNames.count == vector.columns)
        try #require(values.count == vector.values.count)
        let worst = zip(values, vector.values).map { abs($0 - $1) }.max() ?? 0
        #expect(worst < 1e-9, "off by \(worst)")
    }

    @Test(arguments: Vectors.all.chiMerge)
    func chiMergeIsThatOfThePlainImplementation(_ vector: Vectors.ChiMerge) throws {
        let preparation = try Preparation(
            table(numbers: vector.numbers), [.chiMerge(count: vector.count, .oneHot)],
            training: vector.numbers.indices, classes: vector.classes)
        guard case .numbers(_, let pipeline) = preparation.steps[0] else {
            Issue.record("no numbers")
            return
        }
        #expect(pipeline.encoding == .oneHot(edges: vector.edges))
        #expect(preparation.columnNames == (1...vector.count).map { "x bin \($0)" })
    }
}

struct Vectors: Decodable, Sendable {
    let columns: [Column]
    let chiMerge: [ChiMerge]

    struct Column: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let numbers: [Double?]?
        let texts: [String]?
        let steps: [Step]
        /// The first rows are trained on.
        let train: Int
        /// How many prepared columns there are.
        let columns: Int
        /// Rows x columns.
        let values: [Double]

        var testDescription: String { name }

        var table: Table {
            get throws {
                if let numbers { return try PreparationTests.table(numbers: numbers) }
                return try PreparationTests.table(cells: texts ?? [], as: .category)
            }
        }
    }

    struct ChiMerge: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let numbers: [Double]
        let classes: [Int]
        let count: Int
        let edges: [Double]

        var testDescription: String { name }
    }

    /// A name, or a list of a name and parameters.
    struct Step: Decodable, Sendable {
        let step: PreparationPlan.Step

        private enum Word: Decodable {
            case text(String)
            case number(Double)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Double.self) {
                    self = .number(number)
                } else {
                    self = .text(try container.decode(String.self))
                }
            }
        }

        init(from decoder: any Decoder) throws {
            let words: [Word]
            if let name = try? decoder.singleValueContainer().decode(String.self) {
                words = [.text(name)]
            } else {
                words = try decoder.singleValueContainer().decode([Word].self)
            }
            func percentile(_ text: String) -> PreparationPlan.Limit { .percentile(Double(text.dropFirst()) ?? .nan) }
            switch (words[0], words.dropFirst().first, words.dropFirst(2).first) {
            case (.text("standardize"), _, _): step = .standardize
            case (.text("min-max"), _, _): step = .minMax
            case (.text("log"), _, _): step = .log
            case (.text("indicator"), _, _): step = .indicator
            case (.text("one-hot"), _, _): step = .oneHot
            case (.text("quantile"), .text("normal"), _): step = .quantile(.normal)
            case (.text("quantile"), _, _): step = .quantile(.uniform)
            case (.text("clip"), .text(let low), .text(let high)):
                step = .clip(low: percentile(low), high: percentile(high))
            case (.text("bins"), .number(let count), .some): step = .bins(count: Int(count), .ordinal)
            case (.text("bins"), .number(let count), nil): step = .bins(count: Int(count), .oneHot)
            case (.text("rare"), .number(let limit), _): step = .rare(below: limit)
            case (.text("fill"), .text("mean"), _): step = .fill(.mean)
            case (.text("fill"), .text("median"), _): step = .fill(.median)
            case (.text("fill"), .text("mode"), _): step = .fill(.mode)
            case (.text("fill"), .text("constant"), .text(let text)): step = .fill(.constant(text))
            default:
                throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(words)"))
            }
        }
    }

    static let all: Vectors = {
        do {
            return try JSONDecoder().decode(Vectors.self, from: Data(PackageResources.vectors_json))
        } catch {
            fatalError("vectors.json: \(error)")
        }
    }()
}
