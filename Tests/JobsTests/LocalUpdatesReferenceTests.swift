import Arithmetic
import AuditedFederation
import Coordination
import Foundation
import Jobs
import Testing

/// Unprotected jobs with local updates against the methods as they are described, written down once more: bit for bit.
@Suite struct LocalUpdatesReferenceTests {
    /// Rows of one batch, again and again, all weighed alike.
    @Test(arguments: [1, 2], [2, 4]) func aWorksetOfOneIsFedBCD(features: Int, reuse: Int) throws {
        let federation = try MadeUpFederation(features: features)
        let run = try federation.run(
            "protection=none", "local-updates={workset: 1, reuse: \(reuse), max-angle: 180, overlap: false}")
        var model = try ClearModel(federation, federation.job())
        let course = try model.trainByBlocks(localSteps: reuse - 1)
        check(run, against: course)
        let plain = try federation.run("protection=none")
        #expect(run.report.metrics != plain.report.metrics)
    }

    @Test(arguments: [1, 2], [true, false]) func aLargerWorksetIsCELU(features: Int, overlaps: Bool) throws {
        let federation = try MadeUpFederation(features: features)
        let run = try federation.run(
            "protection=none", "local-updates={workset: 3, reuse: 3, max-angle: 60, overlap: \(overlaps)}")
        let start = try ClearModel(federation, federation.job())
        var (model, other) = (start, start)
        let course = try model.trainWithWorkset(of: 3, reuse: 3, degrees: 60, overlaps: overlaps)
        check(run, against: course)
        for (party, weight) in zip(federation.parties, course.meanWeights) {
            #expect(abs((run.report.meanWeights?[party] ?? 0) - weight) < 1e-12)
            // Some rows count, and not all in full: else this would say nothing about weights.
            #expect(weight > 0.1 && weight < 0.99, "\(party): \(weight)")
        }
        let otherCourse = try other.trainWithWorkset(of: 3, reuse: 3, degrees: 60, overlaps: !overlaps)
        #expect(course.end != otherCourse.end)
    }

    private func check(_ run: MadeUpFederation.Outcome, against course: Course) {
        #expect(run.points.map(\.round) == Array(1...15))
        for (point, metrics) in zip(run.points, course.points) {
            #expect(point.metrics == metrics, "round \(point.round)")
        }
        #expect(run.report.metrics == course.end)
        #expect(Set(course.points.map(\.logloss)).count == 15, "the model moves in every round")
    }
}

/// How good a model is while it is trained.
private struct Course {
    /// After each round: when the label party has taken its local steps, and feature parties have theirs before them.
    var points: [PartyReport.Metrics] = []
    /// When all have taken theirs.
    var end = PartyReport.Metrics()
    /// Of each party, over all rows of all local steps.
    var meanWeights: [Double] = []
}

// MARK: - FedBCD

extension ClearModel {
    /// Liu et al., IEEE TSP 2022: between two exchanges each party descends on the one batch that was exchanged; the label party
    /// with its own part of Z as it is now, a feature party along the derivative that it was sent.
    fileprivate mutating func trainByBlocks(localSteps: Int) throws -> Course {
        var course = Course()
        for rows in schedule.trainBatches {
            let (z, own) = (z(rows), product(of: 0, rows))
            let derivative = try descendTop(z, rows)
            for party in parts.indices { descend(party, rows, along: derivative) }
            for _ in 0..<localSteps {
                let estimate = z + (product(of: 0, rows) - own)
                descend(0, rows, along: try descendTop(estimate, rows))
            }
            course.points.append(try metrics())
            for party in parts.indices.dropFirst() {
                for _ in 0..<localSteps { descend(party, rows, along: derivative) }
            }
        }
        course.end = try metrics()
        return course
    }
}

// MARK: - CELU-VFL

extension ClearModel {
    /// What was exchanged in a round.
    private struct Exchange {
        let rows: [Int]
        /// Each party's part of Z.
        let products: [Matrix<Double>]
        let z, derivative: Matrix<Double>
    }

    /// Fu et al., PVLDB 15(10), 2022, in the strict order of the LocalUpdates library.
    ///
    /// - Parameter overlaps: Whether feature parties send their activations before they take the local steps of the round before.
    fileprivate mutating func trainWithWorkset(
        of size: Int, reuse: Int, degrees: Double, overlaps: Bool
    ) throws -> Course {
        let used = batchesUsedAgain(rounds: schedule.trainRounds, workset: size, reuse: reuse)
        var course = Course()
        var (sums, exchanges) = (parts.map { _ in 0.0 }, [Exchange]())
        for (round, rows) in schedule.trainBatches.enumerated() {
            let before = round == 0 ? [] : used[round - 1].map { exchanges[$0] }
            if !overlaps { takeFeatureSteps(before, degrees, &sums) }
            let products = parts.indices.map { product(of: $0, rows) }
            if overlaps { takeFeatureSteps(before, degrees, &sums) }
            let z = products.dropFirst().reduce(products[0], +)
            let derivative = try descendTop(z, rows)
            for party in parts.indices { descend(party, rows, along: derivative) }
            exchanges.append(Exchange(rows: rows, products: products, z: z, derivative: derivative))
            for past in used[round].map({ exchanges[$0] }) {
                let estimate = past.z + (product(of: 0, past.rows) - past.products[0])
                let weights = cosines(try self.derivative(estimate, past.rows), past.derivative, upTo: degrees)
                descend(0, past.rows, along: try descendTop(estimate, past.rows, weights: weights))
                sums[0] += weights.reduce(0, +) / Double(weights.count)
            }
            course.points.append(try metrics())
        }
        takeFeatureSteps(used[used.count - 1].map { exchanges[$0] }, degrees, &sums)
        course.end = try metrics()
        course.meanWeights = sums.map { $0 / Double(used.joined().count) }
        return course
    }

    /// Each feature party descends along the derivatives of some exchanges, the rows weighed by how its activations have turned.
    private mutating func takeFeatureSteps(_ exchanges: [Exchange], _ degrees: Double, _ sums: inout [Double]) {
        for party in parts.indices.dropFirst() {
            for past in exchanges {
                let weights = cosines(product(of: party, past.rows), past.products[party], upTo: degrees)
                var derivative = past.derivative
                for row in 0..<derivative.rows {
                    for column in 0..<derivative.columns { derivative[row, column] *= weights[row] }
                }
                descend(party, past.rows, along: derivative)
                sums[party] += weights.reduce(0, +) / Double(weights.count)
            }
        }
    }
}

/// The rule of the LocalUpdates library, from plain lists of everything that happened: which batches, by their rounds, the local
/// steps after each round use.
private func batchesUsedAgain(rounds: Int, workset: Int, reuse: Int) -> [[Int]] {
    var (uses, steps) = ([Int](), [Int]())
    return (0..<rounds).map { round in
        uses.append(round)
        let first = steps.count
        for _ in 1..<reuse {
            let candidates = (max(0, round - workset + 1)...round).filter { batch in
                !steps.suffix(workset - 1).contains(batch) && steps.count { $0 == batch } < reuse - 1
            }
            // In the order of last uses, the one longest ago in front.
            let byAge = uses.indices.filter { !uses[($0 + 1)...].contains(uses[$0]) }.map { uses[$0] }
            guard let batch = byAge.first(where: candidates.contains) else { continue }
            uses.append(batch)
            steps.append(batch)
        }
        return Array(steps[first...])
    }
}

/// Of each row the cosine of what it was and what it is; 0 where the angle is larger, or a row has no direction.
private func cosines(_ now: Matrix<Double>, _ then: Matrix<Double>, upTo degrees: Double) -> [Double] {
    func dot(_ left: ArraySlice<Double>, _ right: ArraySlice<Double>) -> Double {
        zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return (0..<now.rows).map { row in
        let (now, then) = (now.row(row), then.row(row))
        let lengths = dot(now, now).squareRoot() * dot(then, then).squareRoot()
        guard lengths > 0 else { return 0 }
        let cosine = dot(now, then) / lengths
        return cosine < cos(degrees * .pi / 180) ? 0 : min(cosine, 1)
    }
}
