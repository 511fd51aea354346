internal import StaticExecution

/// Where the numbers of a rank's parameter lie in the whole tower's: runs of neighbours.
struct ParameterRuns {
    let local: StepGraph.Parameter
    let whole: StepGraph.Parameter
    /// The rank's place among those that share the parameter.
    let place: Int

    /// Calls with a run's first place in the rank's vector and in the whole one, and its length.
    func forEach(_ body: (_ local: Int, _ whole: Int, _ count: Int) -> Void) {
        switch local.share {
        case .whole:
            body(local.offset, whole.offset, local.count)
        case .rows:
            body(local.offset, whole.offset + place * local.count, local.count)
        case .columns(let blocks):
            let count = local.columns / blocks
            for row in 0..<local.rows {
                for block in 0..<blocks {
                    body(
                        local.offset + row * local.columns + block * count,
                        whole.offset + row * whole.columns + block * (whole.columns / blocks) + place * count, count)
                }
            }
        }
    }
}

extension StepGraph {
    /// Of each parameter, where it lies in the whole tower's.
    func runs(in whole: [StepGraph.Parameter], place: Int) -> [ParameterRuns] {
        let named = Dictionary(uniqueKeysWithValues: whole.map { ($0.name, $0) })
        return parameters.map { parameter in
            guard let whole = named[parameter.name] else { preconditionFailure("\(parameter.name) is the tower's") }
            return ParameterRuns(local: parameter, whole: whole, place: place)
        }
    }
}
