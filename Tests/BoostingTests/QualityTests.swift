import Boosting
import Evaluation
import Testing

/// On the credit data, split by column between two parties, 70 % of the rows for training. XGBoost reaches an AUC of
/// 0.7250 on the label party's columns and of 0.7765 on all.
@Suite(.enabled(if: SharedData.isPresent("credit"), "needs ../shared/data/credit"))
struct QualityTests {
    @Test func creditIsPredictedAsByXGBoost() throws {
        let guest = try SharedData("credit/default_credit_hetero_guest.csv")
        let host = try SharedData("credit/default_credit_hetero_host.csv")
        let labels = try #require(guest.columns["y"])
        #expect(guest.columns["id"] == host.columns["id"])
        let (own, others) = (guest.numbered("x"), host.numbered("x"))
        #expect(own.count == 13 && others.count == 10)

        var random = Numbers(42)
        let order = labels.indices.shuffled(using: &random)
        let (training, test) = (order.prefix(labels.count * 7 / 10), order.suffix(labels.count * 3 / 10))
        func area(_ columns: [[Double]]) throws -> Double {
            let trees = try BoostedTrees(
                fitting: columns.map { column in BoostedTrees.Column(training.map { column[$0] }) },
                targets: training.map { labels[$0] }, objective: .binary)
            let scores = trees.predict(columns.map { column in test.map { column[$0] } })
            return try Metric.auc.measure(scores, against: test.map { labels[$0] })
        }
        #expect(try area(own) >= 0.72)
        #expect(try area(own + others) >= 0.77)
    }
}
