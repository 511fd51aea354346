/// What the embedding before the first layer and the head after the last one cost in Galvatron's model.
extension GalvatronCostModel {
    /// Seconds of a micro-batch by stage; only the first and the last are not zero.
    func embeddingSeconds(_ strategy: GalvatronStrategy, synchronises: Bool) -> [Double] {
        let forward = profile.otherTime * Double(sequences(strategy)) / Double(strategy.model)
        let collective = strategy.tensor > 1 ? messageMilliseconds(strategy) : 0
        var seconds = Array(repeating: 0.0, count: strategy.pipeline)
        if strategy.pipeline == 1 {
            seconds[0] = self.seconds(strategy, profile.otherAlone, forward, collective * 2, synchronises)
        } else {
            seconds[0] = self.seconds(strategy, profile.otherFirst, forward / 2, collective, synchronises)
            seconds[strategy.pipeline - 1] =
                self.seconds(strategy, profile.otherLast, forward / 2, collective, synchronises)
        }
        return seconds
    }

    private func seconds(
        _ strategy: GalvatronStrategy, _ memory: GalvatronProfile.OtherMemory, _ forward: Double, _ collectives: Double,
        _ synchronises: Bool
    ) -> Double {
        // A quarter of the states are the parameters.
        let message = (memory.states[strategy.tensor] ?? 0) / 4 * (settings.mixedPrecision ? 0.5 : 1)
        let rate = allReduceRate(strategy) * Double(strategy.sharing - 1) / Double(strategy.sharing)
        let gathers = strategy.dataKind == .sharded
        let ahead = message * rate * (gathers ? 0.5 : 0)
        let back = message * rate * ((gathers ? 1 : 0.5) - (synchronises ? 0 : 0.5))
        return 0.001 * (together(forward, ahead) + together(forward * 2, back) + collectives)
    }

    /// Computing and sending at the same time.
    private func together(_ computing: Double, _ sending: Double) -> Double {
        let slow = computing * profile.slowdown
        return slow > sending ? sending + (slow - sending) / profile.slowdown : sending
    }

    /// Megabytes by stage, with what the devices' library takes at each.
    func embeddingMemory(_ strategy: GalvatronStrategy) -> [Double] {
        let library = 1024.0
        func memory(_ other: GalvatronProfile.OtherMemory, inFlight: Int) -> Double {
            (other.states[strategy.tensor] ?? 0) * stateRatio(strategy)
                + (other.activations[strategy.model] ?? 0) * Double(inFlight * sequences(strategy)) + library
        }
        let stages = strategy.pipeline
        guard stages > 1 else { return [memory(profile.otherAlone, inFlight: 1)] }
        return [memory(profile.otherFirst, inFlight: stages)] + Array(repeating: library, count: stages - 2)
            + [memory(profile.otherLast, inFlight: 1)]
    }
}
