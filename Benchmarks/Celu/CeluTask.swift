import Foundation
import Jobs

/// A way of training that is compared.
enum CeluMethod: String, CaseIterable, Encodable {
    /// An exchange for every update, at the job's own rates.
    case plain
    /// The same at the rates that reach the targets in the fewest rounds.
    case plainTuned = "plain-tuned"
    /// The last batch again and again.
    case fedBCD = "fedbcd"
    /// Worksets of five batches, each used five times, rows weighed up to 60 degrees.
    case celu
    /// The same at its own best rates.
    case celuTuned = "celu-tuned"

    /// What a report is drawn beside: plain training at the rates that this one has.
    var reference: CeluMethod {
        switch self {
        case .plain, .fedBCD, .celu: .plain
        case .plainTuned, .celuTuned: .plainTuned
        }
    }

    fileprivate var localUpdates: [String] {
        switch self {
        case .plain, .plainTuned: []
        case .fedBCD:
            ["local-updates.workset=1", "local-updates.reuse=5", "local-updates.max-angle=180"]
        case .celu, .celuTuned:
            ["local-updates.workset=5", "local-updates.reuse=5", "local-updates.max-angle=60"]
        }
    }
}

/// One data set: which area under the curve is to be reached, and at which rates and for how long each method runs.
struct CeluTask {
    /// Of the weights that parties share, and of the label party's own layers.
    struct Rates {
        let source: String
        let top: String
    }

    let set: String
    let targets: [Double]
    /// Those that were found best among some pairs tried by hand; the job file has the others.
    let tuned: [CeluMethod: Rates]
    let epochs: [CeluMethod: Int]

    static let all = [
        CeluTask(
            set: "credit", targets: [0.76, 0.77],
            tuned: [.plainTuned: Rates(source: "0.5", top: "0.1"), .celuTuned: Rates(source: "0.2", top: "0.1")],
            epochs: [.plain: 14, .plainTuned: 6, .fedBCD: 6, .celu: 6, .celuTuned: 4]),
        CeluTask(
            set: "flights", targets: [0.76, 0.77],
            tuned: [.plainTuned: Rates(source: "1", top: "0.1"), .celuTuned: Rates(source: "0.5", top: "0.1")],
            epochs: [.plain: 6, .plainTuned: 2, .fedBCD: 2, .celu: 2, .celuTuned: 2]),
    ]

    var path: String { "Benchmarks/Celu/Jobs/\(set).yaml" }

    /// The job as a method runs it: the file's, with changes, and over these what the method sets itself.
    /// - Throws: `DocumentError`.
    func job(
        _ method: CeluMethod, _ protection: Job.Protection, bits: Int, seed: Int, changes: [String]
    ) throws -> Job {
        var overrides = changes + ["name=\(set)-\(seed)", "protection=\(protection.rawValue)", "keys.bits=\(bits)"]
        overrides += method.localUpdates
        if let rates = tuned[method] {
            overrides += ["train.optimizer.rate=\(rates.source)", "train.top-optimizer.rate=\(rates.top)"]
        }
        if let epochs = epochs[method] { overrides.append("train.epochs=\(epochs)") }
        return try Job(path: path, overrides: overrides)
    }
}
