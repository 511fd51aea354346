import Foundation
import ParallelPlanning
import Testing

/// Reads the pages in `Data/`.
enum GoldenData {
    static func read<Page: Decodable>(_ name: String, as: Page.Type = Page.self) throws -> Page {
        let file = try #require(Bundle.module.url(forResource: "Data/\(name)", withExtension: "json"))
        return try JSONDecoder().decode(Page.self, from: Data(contentsOf: file))
    }
}

/// The sub-problems of one search of Galvatron's engine (batch 64 in 32 micro-batches, eight devices of 36 GB).
struct GalvatronCalls: Decodable {
    struct Task: Decodable {
        var gbsz: Int
        var chunks: Int
        var pp: Int
        var tp_sp_mode: String
        var buf_tp: Int
        var layer_strategies: [String]
        var embed_strategies: [String]
        var pipeline_time_s: Double?
        var dp_calls: [Call]
    }

    struct Call: Decodable {
        var layers: Int
        var max_mem_MB: Int
        var other_mem_MB: Int
        var other_time: Double
        var v_MB: [Int]
        var intra_s: [Double]
        var inter_s: [[Double]]
        var feasible: Bool
        var total_cost_s: Double?
        var plan: [Int]?
        var remaining_MB: Int?
    }

    var tasks: [Task]
}

extension GalvatronCalls.Call {
    /// Its layers, all of one kind; nothing changes on the way into the first one.
    var options: [LayerOptions] {
        let later = LayerOptions(memory: v_MB, seconds: intra_s, switching: inter_s.flatMap(\.self))
        return [LayerOptions(memory: v_MB, seconds: intra_s)] + Array(repeating: later, count: layers - 1)
    }
}
