/// Where a tensor of a call lies, before addresses are planned.
enum Place: Hashable {
    /// A tensor's rows in a buffer that holds all of them.
    case whole(buffer: Int, columns: Int)
    /// Rows of one chunk, in a buffer that lives within a chunk's calls.
    case local(Int)
    /// Rows of one chunk in its record: so many bytes from its start.
    case record(offset: Int)
}

/// A computation of one chunk, or of a mixer of rows.
struct SymbolicCall: Hashable {
    let node: Int
    let isForward: Bool
    /// Values of what it reads, and of its results: of the way back, those that it needs.
    var reads: [Place?] = []
    var results: [Place?] = []
    var resultGradient: Place?
    /// Where the gradients of what it reads go.
    var targets: [Target?] = []
    var scratch: Place?

    struct Target: Hashable {
        var place: Place
        /// Whether it is added to what is there.
        var adds: Bool
        /// Where it is computed before it is added.
        var temporary: Place?
    }
}

/// Where the records of a stage's saved chunks lie.
enum Records: Hashable {
    /// All in one buffer, so many bytes each.
    case resident(buffer: Int, stride: Int)
    /// In one buffer of `count` places, taken in turn, from which they are put away in slots of their own, from `firstSlot` on.
    case ring(buffer: Int, stride: Int, count: Int, firstSlot: Int)
}

/// A stretch of a step: one stage's pass over some chunks, or one mixer.
struct Moment {
    /// What is done besides computing.
    enum Action: Hashable {
        case clear(buffer: Int)
        case store(slot: Int, buffer: Int)
        case load(slot: Int, buffer: Int, offset: Int)
        case wait(slot: Int)
    }

    /// A buffer that lives within one chunk's calls.
    struct Local: Hashable {
        let bytes: Int
        var first: Int
        var last: Int
    }

    let name: String
    let space: StepGraph.Space
    /// The chunks that the calls are made for, one after the other; of a mixer only the first.
    var chunks: Range<Int>
    var isMixer = false
    var calls: [SymbolicCall] = []
    var locals: [Local] = []
    var records: Records?
    /// Whether records are written, or else read.
    var writesRecords = false
    var before: [Action] = []
    var after: [Action] = []

    /// How long it is in the planner's time.
    var duration: Int { max(1, calls.count) }

    /// Adds a buffer for the call that comes next.
    mutating func local(bytes: Int) -> Place {
        locals.append(Local(bytes: bytes, first: calls.count, last: calls.count))
        return .local(locals.count - 1)
    }

    /// Adds a call, and lets the buffers that it uses live until then.
    mutating func add(_ call: SymbolicCall) {
        let temporaries = call.targets.flatMap { [$0?.place, $0?.temporary] }
        for place in call.reads + call.results + temporaries + [call.resultGradient, call.scratch] {
            if case .local(let index)? = place { locals[index].last = calls.count }
        }
        calls.append(call)
    }
}
