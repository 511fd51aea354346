/// What a batch costs in Galvatron's model: time and memory of one layer.
///
/// The formulas, with the factors measured on graphics processors that they hold, are those of the search engine of
/// Hetu-Galvatron (github.com/PKU-DAIR/Hetu-Galvatron, commit cea12ff); they are here to be compared with it, and for
/// profiles that were made for it.
struct GalvatronCostModel: Sendable {
    let profile: GalvatronProfile
    let settings: GalvatronSearch.Settings
    /// Sequences of a step.
    let batch: Int
    let microBatches: Int

    /// Sequences of a micro-batch at one of the data parallel devices.
    func sequences(_ strategy: GalvatronStrategy) -> Int { batch / microBatches / strategy.data }

    /// Megabytes of a message with so many sequences' activations.
    private func messageSize(sequences: Int) -> Double {
        let bytes = settings.mixedPrecision ? 2 : 4
        return Double(sequences * profile.length * profile.width * bytes) / 1024 / 1024
    }

    /// One micro-batch in one layer, with all that the step adds once if `synchronises`.
    func layerSeconds(_ strategy: GalvatronStrategy, synchronises: Bool) -> Double {
        let forward = profile.layerTime * Double(sequences(strategy)) / Double(strategy.model)
        let backward = forward * 2 + (strategy.recomputes ? forward : 0)
        let sharing = Double(strategy.sharing)
        var message = 2 * (sharing - 1) * (profile.parameters / Double(strategy.tensor) / sharing)
        if settings.mixedPrecision { message /= 2 }
        let rate = allReduceRate(strategy)
        var time = forward + modelMilliseconds(strategy)
        if strategy.data > 1 {
            time += overlapped(backward, message: synchronises ? message : 0, rate: rate)
        } else {
            time += backward
        }
        if strategy.dataKind == .sharded { time += message * 0.5 * rate }
        if strategy.pipeline > 1, let rate = profile.pointToPoint[strategy.pipeline] {
            let message = Double(strategy.pipeline * 2 * sequences(strategy) * profile.length * profile.width * 4)
            // A stage sends once, not once a layer; the engine spreads that over all layers of the model.
            time += message / 1024 / 1024 / (settings.mixedPrecision ? 2 : 1) * rate / Double(settings.layers)
        }
        return time * 0.001
    }

    /// Milliseconds a megabyte among the data parallel devices, which are no neighbours where tensor parallelism takes
    /// these.
    func allReduceRate(_ strategy: GalvatronStrategy) -> Double {
        (strategy.tensor == 1 ? profile.neighbours : profile.distant)[strategy.sharing] ?? 0
    }

    /// The collectives of tensor or sequence parallelism.
    private func modelMilliseconds(_ strategy: GalvatronStrategy) -> Double {
        guard strategy.model > 1 else { return 0 }
        let count = (strategy.tensor > 1 ? 6.0 : 4.0) * (strategy.recomputes ? 1.5 : 1)
        return count * messageMilliseconds(strategy)
    }

    /// One collective of tensor or sequence parallelism, over the activations of a micro-batch.
    func messageMilliseconds(_ strategy: GalvatronStrategy) -> Double {
        let times = strategy.tensor > 1 ? profile.allGather[strategy.tensor] : profile.allToAll[strategy.sequence]
        return times?.milliseconds(megabytes: messageSize(sequences: sequences(strategy))) ?? 0
    }

    /// The way back with gradients sent meanwhile: each slows the other down while both last.
    private func overlapped(_ backward: Double, message: Double, rate: Double) -> Double {
        let slowRate = rate * profile.slowdown
        let sending = message * slowRate
        let computing = backward * profile.slowdown
        if sending > computing { return computing + (message - computing / slowRate) * rate }
        if sending < computing { return sending + (backward - sending / profile.slowdown) }
        return computing
    }

    /// Megabytes of one layer at a stage.
    func layerMemory(_ strategy: GalvatronStrategy, stage: Int) -> Double {
        let states = 4 * (profile.parameters / Double(strategy.tensor)) * stateRatio(strategy)
        let inFlight = sequences(strategy) * microBatchesInFlight(strategy.pipeline, stage: stage)
        guard strategy.recomputes else { return states + (profile.activations[strategy.model] ?? 0) * Double(inFlight) }
        return states + profile.checkpoint * Double(inFlight) / Double(strategy.model)
    }

    func microBatchesInFlight(_ stages: Int, stage: Int) -> Int { stages == 1 ? 1 : stages - stage }

    /// Which part of the optimiser's states, of gradients and of parameters is at each device.
    ///
    /// 0.003 stands for what sharding adds in buffers. Gradients that are reduced when the step ends, and not with each
    /// of several micro-batches, are kept in 32 bits besides, which makes five quarters of the states.
    func stateRatio(_ strategy: GalvatronStrategy) -> Double {
        let mixed = settings.mixedPrecision
        let part = 1 / Double(strategy.sharing) + 0.003
        let accumulates = microBatches > 1
        switch strategy.dataKind {
        case .replicated: return 1
        case .stateSharded:
            if accumulates && settings.reducesEachMicroBatch {
                return mixed ? 6 / 8 * part + 2 / 8 : 2 / 4 * part + 2 / 4
            }
            guard mixed else { return 3 / 4 * part + 1 / 4 }
            return (7 / 8 * part + 1 / 8) * (accumulates ? 5 / 4 : 1)
        case .sharded:
            guard accumulates else { return part }
            guard settings.reducesEachMicroBatch else { return part * 5 / 4 }
            return mixed ? 7 / 8 * part + 1 / 8 : 3 / 4 * part + 1 / 4
        }
    }

    /// Seconds for sending activations to where the next layer's strategy wants them, or, between strategies with the
    /// same layout, what makes the order among equally fast plans a certain one.
    func switchingSeconds(from former: GalvatronStrategy, to latter: GalvatronStrategy) -> Double {
        guard former != latter else { return 0 }
        guard former.model == latter.model else { return switchingBytes(former, latter) * 1e-7 }
        guard former.data == latter.data else { return 0 }
        let changesKind = former.dataKind != latter.dataKind
        let changesRecomputation = former.recomputes != latter.recomputes
        guard former.sequence == latter.sequence else {
            return !changesKind && !changesRecomputation && latter.sequence > 1 ? 1e-10 : 0
        }
        if latter.dataKind == .sharded && latter.recomputes { return 3e-9 }
        if changesKind && changesRecomputation { return former.dataKind == .sharded && latter.recomputes ? 1e-9 : 0 }
        if changesKind { return latter.dataKind == .sharded ? 1e-9 : 0 }
        return latter.recomputes ? 2e-9 : 0
    }

    /// Bytes times the rate in milliseconds a megabyte, as the engine has it.
    private func switchingBytes(_ former: GalvatronStrategy, _ latter: GalvatronStrategy) -> Double {
        let greater = max(former.model, latter.model)
        let data = settings.devices / former.pipeline / greater
        let sequences = Double(batch) / Double(microBatches) / Double(data)
        let sequenceBytes = Double(profile.length * profile.width * (settings.mixedPrecision ? 2 : 4))
        return Double(greater - 1) / Double(greater) * sequences * sequenceBytes * (profile.neighbours[greater] ?? 0)
    }
}
