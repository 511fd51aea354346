/// Which tensors each operation of a step uses, and how long it takes.
public struct AccessTrace: Hashable, Sendable {
    /// A tensor that lies below memory and is brought up when it is used.
    public struct Tensor: Hashable, Sendable {
        /// What it is called in reports.
        public var name: String
        /// How many bytes are moved.
        public var bytes: Int

        /// A tensor that is not in memory.
        public init(name: String, bytes: Int) {
            (self.name, self.bytes) = (name, bytes)
        }
    }

    /// What is done at once: all tensors that it uses have to be in memory.
    public struct Operation: Hashable, Sendable {
        /// What it is called in reports.
        public var name: String
        /// The tensors that it reads or writes, by number.
        public var uses: Set<Int>
        /// Those of them that it changes, so that they have to be written back.
        public var modifies: Set<Int>
        /// How long it takes once its tensors are there.
        public var seconds: Double

        /// - Parameter modifies: Count as used, too.
        public init(name: String, uses: Set<Int>, modifies: Set<Int> = [], seconds: Double) {
            (self.name, self.uses, self.modifies) = (name, uses.union(modifies), modifies)
            self.seconds = seconds
        }
    }

    /// All tensors; their places are their numbers.
    public var tensors: [Tensor]
    /// What a step does, in its order.
    public var operations: [Operation]

    /// A step of these operations.
    public init(tensors: [Tensor] = [], operations: [Operation] = []) {
        (self.tensors, self.operations) = (tensors, operations)
    }

    /// The operation that uses a tensor first.
    public func firstUse(of tensor: Int) -> Int? { operations.firstIndex { $0.uses.contains(tensor) } }
    /// The operation that uses a tensor last.
    public func lastUse(of tensor: Int) -> Int? { operations.lastIndex { $0.uses.contains(tensor) } }
    /// Bytes of the tensors that an operation uses.
    public func bytes(ofOperation operation: Int) -> Int {
        operations[operation].uses.reduce(0) { $0 + tensors[$1].bytes }
    }
    /// Seconds of all operations, if none has to wait.
    public var seconds: Double { operations.reduce(0) { $0 + $1.seconds } }
}

/// Records an ``AccessTrace`` while a step runs, as Angel-PTM does in a first iteration.
public struct AccessTracer: Sendable {
    /// What was recorded so far.
    public private(set) var trace = AccessTrace()

    /// Knows no tensor yet.
    public init() {}

    /// Makes a tensor known.
    /// - Returns: Its number.
    public mutating func tensor(_ name: String, bytes: Int) -> Int {
        precondition(bytes > 0, "a tensor of 1 byte or more")
        trace.tensors.append(.init(name: name, bytes: bytes))
        return trace.tensors.count - 1
    }

    /// Records an operation that takes so long.
    public mutating func operation(_ name: String, uses: Set<Int>, modifies: Set<Int> = [], seconds: Double) {
        precondition(uses.union(modifies).allSatisfy(trace.tensors.indices.contains), "tensors that are known")
        trace.operations.append(.init(name: name, uses: uses, modifies: modifies, seconds: seconds))
    }

    /// Records an operation, and how long `work` takes.
    public mutating func measure<Output, Failure: Error>(
        _ name: String, uses: Set<Int>, modifies: Set<Int> = [], _ work: () throws(Failure) -> Output
    ) throws(Failure) -> Output {
        let start = Monitor.now()
        let output = try work()
        operation(name, uses: uses, modifies: modifies, seconds: Double(Monitor.now() - start) * 1e-9)
        return output
    }
}
