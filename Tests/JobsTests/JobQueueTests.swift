import Jobs
import Testing

/// The queue as a state machine: one party's rules, and many coordinators over several parties in any order of events.
@Suite struct JobQueueTests {
    private static let small = JobQueue.Demand(memory: 1)

    private func queue(atOnce: Int = 1, waiting: Int = 4, memory: Int = 10) -> JobQueue {
        JobQueue(.init(atOnce: atOnce, waiting: waiting, memory: memory))
    }

    /// Lets a job in whose number is this party's own.
    private func add(_ name: String, _ demand: JobQueue.Demand = small, to queue: inout JobQueue) throws {
        let number = try queue.enter(name, demand)
        let isSettled = queue.settle(name, at: number)
        #expect(isSettled)
    }

    @Test func firstComeFirstServed() throws {
        var queue = queue()
        for name in ["a", "b", "c"] { try add(name, to: &queue) }
        #expect(queue.phase(of: "a") == .ready)
        let starts = [queue.start("a"), queue.start("b")]
        #expect(starts == [true, false])
        #expect(queue.place(of: "b") == (0, "a") && queue.place(of: "c") == (1, "b"))
        queue.leave("b")
        #expect(queue.phase(of: "c") == .waiting)
        queue.leave("a")
        #expect(queue.phase(of: "c") == .ready && queue.running == 0)
        // Gone before it started: its place is free.
        queue.leave("c")
        try add("d", to: &queue)
        #expect(queue.phase(of: "d") == .ready)
    }

    @Test func nobodyOvertakesWhoWaitsForMemory() throws {
        var queue = queue(atOnce: 3)
        try add("a", .init(memory: 6), to: &queue)
        try add("b", .init(memory: 5), to: &queue)
        try add("c", .init(memory: 1), to: &queue)
        #expect(["a", "b", "c"].map { queue.phase(of: $0) } == [.ready, .waiting, .waiting])
        #expect(queue.memory == 6)
        queue.leave("a")
        #expect(queue.phase(of: "b") == .ready && queue.phase(of: "c") == .ready && queue.memory == 6)
    }

    @Test func whatTwoMayNotHaveTogetherOneHas() throws {
        var queue = queue(atOnce: 3)
        for name in ["a", "b"] { try add(name, .init(memory: 1, exclusive: "tags"), to: &queue) }
        try add("c", to: &queue)
        #expect(["a", "b", "c"].map { queue.phase(of: $0) } == [.ready, .waiting, .waiting])
        queue.leave("a")
        #expect(queue.phase(of: "b") == .ready && queue.phase(of: "c") == .ready)
    }

    @Test func refusalsSayWhy() throws {
        var queue = queue(waiting: 1)
        try add("a", to: &queue)
        func refusal(_ name: String, _ memory: Int) -> JobQueue.Refusal? {
            do throws(JobQueue.Refusal) { _ = try queue.enter(name, .init(memory: memory)) } catch { return error }
            return nil
        }
        #expect(refusal("a", 1) == .isHere(.ready))
        #expect(refusal("b", 11) == .tooLarge(memory: 11, limit: 10))
        try add("b", to: &queue)
        #expect(refusal("c", 1) == .full(waiting: 1))
        queue.leave("b")
        #expect(refusal("c", 1) == nil)
    }

    /// A number that is not final holds up only those behind it.
    @Test func whoIsStillAskedAboutHoldsUpLaterOnes() throws {
        var queue = queue(atOnce: 2)
        let number = try queue.enter("a", Self.small)
        try add("b", to: &queue)
        #expect(queue.phase(of: "b") == .waiting && queue.place(of: "b") == (1, "a"))
        let isSettled = queue.settle("a", at: number + 5)
        #expect(isSettled)
        #expect(queue.names == ["b", "a"] && queue.phase(of: "b") == .ready && queue.phase(of: "a") == .ready)
        // Whoever comes now comes after the highest number that was heard of.
        let next = try queue.enter("c", Self.small)
        #expect(next == number + 6)
    }

    @Test func aCoordinatorThatCheatsChangesNoOrder() throws {
        var queue = queue()
        _ = try queue.enter("a", Self.small)
        let number = try queue.enter("b", Self.small)
        let early = [
            queue.settle("b", at: number - 1), queue.settle("b", at: .max), queue.settle("c", at: 9), queue.start("b"),
        ]
        #expect(early == [false, false, false, false])
        let answers = [queue.settle("b", at: number), queue.settle("b", at: number + 1), queue.start("b")]
        #expect(answers == [true, false, false])
    }

    // MARK: - Many jobs over several parties

    /// A job's coordinator, as far as the queues see it.
    private struct Coordinator {
        let name: String
        let parties: [Int]
        /// Messages that are under way, to each party in order.
        var numbers: [Int: Int] = [:]
        var step: [Int: Step] = [:]

        enum Step { case entered, settled, started }
    }

    /// Events come in any order: every job that is not given up starts, nothing exceeds a limit, and no party starts a job before one
    /// whose final number is lower.
    @Test(arguments: 0..<60) func allJobsStartInWhateverOrderTheyAreAskedFor(seed: Int) throws {
        var random = Generator(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        let partyCount = 3
        let atOnce = (0..<partyCount).map { _ in Int.random(in: 1...2, using: &random) }
        var queues = atOnce.map { JobQueue(.init(atOnce: $0, waiting: 100, memory: 4)) }
        var jobs = (0..<14).map { index -> Coordinator in
            let parties = (0..<partyCount).shuffled(using: &random).prefix(Int.random(in: 2...3, using: &random))
            return Coordinator(name: "job\(index)", parties: Array(parties))
        }
        let demands = jobs.map { _ in JobQueue.Demand(memory: Int.random(in: 1...4, using: &random)) }
        var alive = Set(jobs.indices)
        var finished: Set<Int> = []
        var given: Set<Int> = []
        var began: [[Int]] = Array(repeating: [], count: partyCount)
        var steps = 0
        while !alive.isEmpty {
            steps += 1
            try #require(steps < 100_000, "no job can go on: \(queues.map(\.names))")
            let index = try #require(alive.randomElement(using: &random))
            let party = try #require(jobs[index].parties.randomElement(using: &random))
            let name = jobs[index].name
            switch jobs[index].step[party] {
            case nil:
                jobs[index].numbers[party] = try queues[party].enter(name, demands[index])
                jobs[index].step[party] = .entered
            case .entered:
                guard jobs[index].numbers.count == jobs[index].parties.count else { break }
                let isSettled = queues[party].settle(name, at: jobs[index].numbers.values.max() ?? 0)
                #expect(isSettled)
                jobs[index].step[party] = .settled
            case .settled:
                // It starts where all keep a place.
                guard jobs[index].parties.allSatisfy({ queues[$0].phase(of: name)?.holds == true }) else { break }
                let isStarted = queues[party].start(name)
                #expect(isStarted)
                jobs[index].step[party] = .started
                began[party].append(jobs[index].numbers.values.max() ?? 0)
            case .started:
                guard jobs[index].parties.allSatisfy({ jobs[index].step[$0] == .started }) else { break }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    for party in jobs[index].parties { queues[party].leave(name) }
                    alive.remove(index)
                    finished.insert(index)
                }
            }
            // Now and then a coordinator disappears before its job runs.
            if Int.random(in: 0..<400, using: &random) == 0, let gone = alive.randomElement(using: &random),
                jobs[gone].step.values.allSatisfy({ $0 != .started })
            {
                for party in jobs[gone].parties { queues[party].leave(jobs[gone].name) }
                alive.remove(gone)
                given.insert(gone)
            }
            for (party, queue) in queues.enumerated() {
                #expect(queue.names.count { queue.phase(of: $0)?.holds == true } <= atOnce[party])
                #expect(queue.memory <= 4)
            }
        }
        #expect(finished.count + given.count == jobs.count && given.count < jobs.count)
        for (party, numbers) in began.enumerated() where atOnce[party] == 1 { #expect(numbers == numbers.sorted()) }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }
}
