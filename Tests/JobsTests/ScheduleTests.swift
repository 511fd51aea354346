import Documents
import Jobs
import Testing

@Suite struct ScheduleTests {
    private func schedule(rows: Int, name: String = "x") throws -> Schedule {
        let yaml = """
            name: \(name)
            parties: {a: {role: label}, b: {role: feature}}
            align: {key: id}
            label: y
            model: {kind: logistic}
            train: {epochs: 3, batch: 16}
            """
        let job = try Job(Document(yaml: yaml, file: "job.yaml"))
        return Schedule(job: job, rows: rows)
    }

    @Test(arguments: [2, 17, 64, 100, 1000])
    func everyTrainingRowOnceAnEpochAndNoTestRow(rows: Int) throws {
        let schedule = try schedule(rows: rows)
        #expect(schedule.testRows.count + schedule.trainRows.count == rows)
        for epoch in 0..<3 {
            #expect(schedule.batches(epoch: epoch).joined().sorted() == Array(schedule.trainRows))
        }
        #expect(schedule.testBatches.joined().sorted() == Array(schedule.testRows))
        let planned = schedule.trainRuns.flatMap { Array(repeating: $0.rows, count: $0.count) }
        #expect(planned == schedule.trainBatches.map(\.count))
        #expect(planned.count == schedule.trainRounds)
        let (smallest, largest) = (planned.min() ?? 0, planned.max() ?? 0)
        #expect(largest <= 16 && largest - smallest <= 1)
        #expect(
            schedule.testRuns.flatMap { Array(repeating: $0.rows, count: $0.count) }
                == schedule.testBatches.map(\.count))
    }

    @Test func trialsOfOneNameShareTheirRows() throws {
        let batches = try Array(schedule(rows: 100).trainBatches)
        #expect(try batches == Array(schedule(rows: 100).trainBatches))
        #expect(try batches != Array(schedule(rows: 100, name: "y").trainBatches))
        #expect(try schedule(rows: 100).batches(epoch: 0) != schedule(rows: 100).batches(epoch: 1))
    }

    @Test(arguments: [2, 17, 64, 100, 1000]) func roundsFollowOneAnother(rows: Int) throws {
        let schedule = try schedule(rows: rows)
        let batches = schedule.trainBatches.map { ($0.count, true) } + schedule.testBatches.map { ($0.count, false) }
        #expect(batches.count == schedule.trainRounds + schedule.testBatches.count)
        for (index, batch) in batches.enumerated() {
            let round = schedule.round(after: index - 1)
            #expect(round?.rows == batch.0 && round?.training == batch.1)
        }
        #expect(schedule.round(after: batches.count - 1) == nil)
        #expect(schedule.round(after: batches.count) == nil)
    }
}
