internal import Coordination
internal import Cryptography
internal import Specification
internal import Tables

extension Admission {
    /// What a job that was proposed here would take of this party: told where its policy does not refuse it, be it approved yet or not.
    ///
    /// - Throws: ``RunError`` where there is no such job, or it is refused; what reading and preparing rows throws.
    func demand(of hash: String) throws -> PartyDemand {
        let encoded = try remembered(hash)
        switch judge(encoded) {
        case .accepted, .pending: break
        case .refused(let reasons), .unfit(let reasons):
            throw RunError(.policyRefused, "job \(hash.prefix(12)): \(reasons.joined(separator: "; "))")
        }
        let job = try Self.read(encoded).job
        let dataset = try dataset(for: job)
        let start = ContinuousClock.now
        let counts = try dataset.keyCounts(for: job, state: file.state)
        let sortSeconds = (ContinuousClock.now - start) / .seconds(1)
        let shape = try OwnShape(job, dataset.table, of: file.name)
        let demand = JobDemand(job, dataset, at: file, columns: shape.columns)
        return PartyDemand(
            party: file.name, ids: job.mostOwnRows(of: counts.ids), sortSeconds: sortSeconds, columns: shape.columns,
            numbers: shape.numbers, ones: shape.ones, fields: shape.fields, tableRows: shape.tableRows,
            towerColumns: shape.towerColumns, peakMemoryBytes: demand.peak(of: .now), diskBytes: demand.disk,
            power: MachinePower.measure(), histories: try historyDemands(job, dataset))
    }
}
