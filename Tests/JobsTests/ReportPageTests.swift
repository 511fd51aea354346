import Coordination
import Foundation
import Jobs
import PageTesting
import Specification
import Testing

/// The report of a job as a page, and its intervals and tables as text.
@Suite struct ReportPageTests {
    private static func report(
        protection: String = "blind", _ change: (inout PartyReport) throws -> Void = { _ in }
    ) throws -> Report {
        let (bank, shop) = (try Party("bank"), try Party("shop"))
        var reports = [(bank, "label"), (shop, "feature")].map { party, role in
            var report = PartyReport(
                party: party, role: role, rows: 1200, columns: 4, certificate: "c0ffee",
                transcript: .init(file: "/t/\(party).transcript", frames: 77, root: "beef"))
            report.aligned = 1000
            report.bytesSent = [party == bank ? shop : bank: 12_345]
            report.ciphertexts.encrypted = 4321
            report.seconds.train = 75
            report.seconds.total = 90
            return report
        }
        reports[0].metrics = PartyReport.Metrics()
        reports[0].metrics?.auc = 0.7762
        reports[0].metrics?.ap = 0.5
        reports[0].intervals = ["auc": .init(low: 0.769, high: 0.7834)]
        var curves = PartyReport.Curves()
        curves.loss = [.init(round: 10, loss: 0.7), .init(round: 20, loss: 0.5)]
        curves.deciles = [
            .init(
                above: 0.5, rows: 25, positives: 20, meanScore: 0.75, trainingRows: 70, lift: 2, precision: 0.8,
                recall: 0.8, f1: 0.8),
            .init(
                above: nil, rows: 25, positives: 5, meanScore: 0.25, trainingRows: 80, lift: 0.5, precision: 0.5,
                recall: 1, f1: 2.0 / 3),
        ]
        curves.calibrationError = 0.05
        curves.psi = 0.0123
        reports[0].curves = curves
        reports[0].baselines["labelPartyOnly"] = reports[0].metrics
        reports[1].exposure = .init(ratio: 0.25, limit: 0.5)
        try change(&reports[0])
        return Report(
            job: "late", hash: "0123456789abcdef", model: "logistic", protection: protection,
            keys: .init(bits: 3072, scheme: "Paillier"), leakage: ["sizes of everything"],
            holdings: ["bank holds the top model"], reports: reports)
    }

    @Test func thePageHoldsWhatTheReportDoes() throws {
        let page = try StrictPage(Self.report().html)
        for word in [
            "late", "bank", "shop", "0.7762", "0.7690 to 0.7834", "this federation", "label party alone",
            "average precision", "population stability index 0.0123", "expected calibration error 0.0500",
            "0.250 of at most 0.500", "bank holds the top model", "sizes of everything", "1 min 15 s", "12.3 kB",
            "/t/bank.transcript", "4,321", "Every organisation is trusted to follow the protocol", "above 0.500",
            "to 0.500",
        ] {
            #expect(page.text.contains(word), "\(word)")
        }
        // Gain, calibration, scores, loss, time, bytes, exposure.
        #expect(page.elements.count { $0 == "svg" } == 7)
        #expect(!page.elements.contains("script") && !page.text.contains("UNPROTECTED"))
        #expect(try StrictPage(Self.report(protection: "none").html).text.contains("UNPROTECTED"))
    }

    @Test func aPartyThatKeepsItsMetricsHasNone() throws {
        let report = try Self.report { ($0.metrics, $0.intervals, $0.curves, $0.baselines) = (nil, nil, nil, [:]) }
        let page = try StrictPage(report.html)
        #expect(page.text.contains("The label party keeps the metrics."))
        #expect(page.elements.count { $0 == "svg" } == 3)
        #expect(report.text.contains("kept by the label party"))
    }

    /// A record in the coordinator's folder holds what parties sent; none of them may write its page, or stop it.
    @Test(arguments: ["<script>alert(1)</script>", "\" onload=\"x", "</style><b>", "\u{202E}\u{0}\u{1B}[2K"])
    func markupInAReportIsText(_ hostile: String) throws {
        let report = try Self.report {
            $0.transcript.file = hostile
            $0.notes = [hostile]
            $0.role = hostile
            $0.model = hostile
            $0.bytesSent[try Party("shop")] = .max
            $0.peakMemoryBytes = .min
            $0.seconds.align = 1e300
            $0.curves?.loss = [.init(round: .max, loss: -1e300), .init(round: -5, loss: 1e300)]
            $0.curves?.deciles = [
                .init(
                    above: -1e300, rows: .max, positives: .max, meanScore: 1e300, trainingRows: .max, lift: 1e300,
                    precision: -1, recall: 1e300, f1: 7),
                .init(
                    above: nil, rows: .max, positives: -1, meanScore: -1e300, trainingRows: .min, lift: 0, precision: 0,
                    recall: 0, f1: 0),
            ]
        }
        let page = try StrictPage(report.html)
        #expect(!page.elements.contains("script") && !page.elements.contains("b"))
    }

    @Test func theTextShowsIntervals() throws {
        let text = try Self.report().text
        #expect(text.contains("AUC                     0.7762  (0.7690 to 0.7834)"))
        #expect(text.contains("average precision       0.5000\n"))
        #expect(text.contains("PSI 0.0123"))
    }

    @Test func intervalsAreListsAndMetricsNumbers() throws {
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(Self.report())) as? [String: Any]
        #expect((object?["metrics"] as? [String: Double]) == ["auc": 0.7762, "ap": 0.5])
        #expect((object?["intervals"] as? [String: [Double]]) == ["auc": [0.769, 0.7834]])
        let curves = try #require(object?["curves"] as? [String: Any])
        #expect(Set(curves.keys) == ["loss", "deciles", "calibrationError", "psi"])
    }

    @Test func reportsOfEarlierProgramsAreRead() throws {
        var object = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(Self.report())) as? [String: Any])
        object["intervals"] = nil
        object["curves"] = nil
        let report = try JSONDecoder().decode(Report.self, from: JSONSerialization.data(withJSONObject: object))
        #expect(report.metrics?.auc == 0.7762 && report.curves == nil)
        object["intervals"] = ["auc": [0.9, 0.1]]
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Report.self, from: JSONSerialization.data(withJSONObject: object))
        }
    }
}
