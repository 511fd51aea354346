/// Which jobs run at a party, and in which order the others follow: a state machine, without clock, disk or network.
///
/// First come, first served, and nobody overtakes. Parties hear of jobs in different orders, so they agree on one: each gives a job a
/// number higher than any that it has seen, and the highest of its numbers is the job's at all of them (Skeen's total order, as in
/// Birman and Joseph, "Reliable communication in the presence of failures", ACM TOCS 5(1), 1987, section 4.2). A job whose number is not
/// final yet holds up those behind the one that it was given: its own can only be higher. So of two jobs the same is first at every
/// party that has both, a job waits for jobs that run and for jobs before it, and a ring of jobs that wait for each other cannot be.
package struct JobQueue: Sendable {
    /// What a party has for jobs.
    package struct Limits: Hashable, Sendable {
        /// Jobs that may run at once.
        package var atOnce: Int
        /// Jobs that may wait beside those.
        package var waiting: Int
        /// For all jobs that run, in bytes.
        package var memory: Int

        package init(atOnce: Int, waiting: Int, memory: Int) {
            (self.atOnce, self.waiting, self.memory) = (atOnce, waiting, memory)
        }
    }

    /// What a job takes.
    package struct Demand: Hashable, Sendable {
        /// In bytes; at most the limit.
        package var memory: Int
        /// What it must have to itself, by a name; `nil` for nothing.
        package var exclusive: String?

        package init(memory: Int, exclusive: String? = nil) {
            (self.memory, self.exclusive) = (memory, exclusive)
        }
    }

    package enum Phase: Hashable, Sendable {
        /// It has a number of this party's alone.
        case asking
        /// Its number is final.
        case waiting
        /// Its place is kept until it starts, or goes.
        case ready
        case running

        /// Whether it takes what it demands.
        package var holds: Bool { self == .ready || self == .running }
    }

    /// Why a job is not let in.
    package enum Refusal: Error, Hashable, Sendable {
        /// The same job is here already.
        case isHere(Phase)
        case full(waiting: Int)
        case tooLarge(memory: Int, limit: Int)
    }

    private struct Entry {
        let name: String
        var number: Int
        var phase: Phase
        let demand: Demand
    }

    /// No number that counts on from here, however long, leaves the machine's integers.
    package static let highest = 1 << 53

    /// Holds for what comes from now on: who has a place keeps it.
    package var limits: Limits { didSet { promote() } }
    /// By number, then by name: in the order in which they run.
    private var entries: [Entry] = []
    /// The highest number that was given or heard of.
    private var last = 0

    package init(_ limits: Limits) { self.limits = limits }

    // MARK: - What happens

    /// Lets a job in.
    ///
    /// - Parameter name: The same at all parties; no other job's.
    /// - Returns: This party's number for it; the final one is the highest of all parties'.
    package mutating func enter(_ name: String, _ demand: Demand) throws(Refusal) -> Int {
        if let phase = phase(of: name) { throw .isHere(phase) }
        guard demand.memory <= limits.memory else { throw .tooLarge(memory: demand.memory, limit: limits.memory) }
        guard entries.count < limits.atOnce + limits.waiting else { throw .full(waiting: limits.waiting) }
        last += 1
        entries.append(Entry(name: name, number: last, phase: .asking, demand: demand))
        sort()
        return last
    }

    /// Gives a job its final number.
    /// - Returns: `false` where that is lower than this party's own, or the job did not ask for one: its coordinator does not keep to the rules.
    package mutating func settle(_ name: String, at number: Int) -> Bool {
        guard let index = index(of: name), entries[index].phase == .asking, number >= entries[index].number,
            number <= Self.highest
        else { return false }
        last = max(last, number)
        (entries[index].number, entries[index].phase) = (number, .waiting)
        sort()
        promote()
        return true
    }

    /// Starts a job that is ready.
    /// - Returns: Whether it was.
    package mutating func start(_ name: String) -> Bool {
        guard let index = index(of: name), entries[index].phase == .ready else { return false }
        entries[index].phase = .running
        return true
    }

    /// Takes a job out, wherever it stands; one that is not there is no mistake.
    package mutating func leave(_ name: String) {
        entries.removeAll { $0.name == name }
        promote()
    }

    // MARK: - How it stands

    /// All jobs, in the order in which they run.
    package var names: [String] { entries.map(\.name) }

    package func phase(of name: String) -> Phase? { index(of: name).map { entries[$0].phase } }

    package var running: Int { entries.count { $0.phase == .running } }

    /// What jobs that run, or are about to, take.
    package var memory: Int { entries.reduce(0) { $0 + ($1.phase.holds ? $1.demand.memory : 0) } }

    /// How many jobs wait before one, and the job that it waits behind: the last of those, or where there is none the first that runs.
    package func place(of name: String) -> (before: Int, behind: String?) {
        guard let index = index(of: name), !entries[index].phase.holds else { return (0, nil) }
        let before = entries[..<index].filter { !$0.phase.holds }
        return (before.count, (before.last ?? entries.first { $0.phase.holds })?.name)
    }

    private func index(of name: String) -> Int? { entries.firstIndex { $0.name == name } }

    private mutating func sort() { entries.sort { ($0.number, $0.name) < ($1.number, $1.name) } }

    /// Makes ready what can run, in order, up to the first that cannot.
    private mutating func promote() {
        for index in entries.indices where !entries[index].phase.holds {
            guard entries[index].phase == .waiting, hasRoom(for: entries[index].demand) else { return }
            entries[index].phase = .ready
        }
    }

    private func hasRoom(for demand: Demand) -> Bool {
        let holders = entries.filter(\.phase.holds)
        return holders.count < limits.atOnce && memory + demand.memory <= limits.memory
            && !holders.contains { $0.demand.exclusive != nil && $0.demand.exclusive == demand.exclusive }
    }
}
