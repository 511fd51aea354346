import FoundationEssentials
import Glibc
import RankTesting
import Ranks

/// Writes a line at once.
func say(_ text: String, to descriptor: Int32 = 2) {
    let line = Array("\(text)\n".utf8)
    _ = write(descriptor, line, line.count)
}

/// A rank of tests: each kind of request tries one thing. Beside that, `rank-fixture party COUNT KIND` is a party, to be killed.
@main
enum Fixture {
    static func main() {
        let arguments = CommandLine.arguments
        do {
            switch arguments.dropFirst().first {
            case "party": try Party.run(Array(arguments.dropFirst(2)))
            case "trial": try trial(cutAt: Int(arguments[2]) ?? 0)
            case "early":
                say("no room for this rank")
                exit(9)
            case "stranger":
                setenv("COLONNADE_RANKS_TOKEN", "guessed", 1)
                try RankService.run(socket: arguments.last ?? "", handlers: handlers)
            case "never": while true { sleep(1) }
            default: try RankService.run(socket: arguments.last ?? "", handlers: handlers)
            }
        } catch {
            say("\(error)")
            exit(1)
        }
    }

    /// All collectives with small pieces, in ranks that no party asks.
    static func trial(cutAt bytes: Int) throws {
        #if MPI
        let ranks = try MPIRanks.start(cutAt: bytes)
        let digest = try CollectiveTrial(seed: UInt64(ranks.count), lengths: [0, 1, 2, 5, 17, 1000, 20_011]).run(
            on: ranks)
        if ranks.rank == 0 { print("digest \(digest)") }
        try ranks.finish()
        #else
        throw RankError.notBuilt
        #endif
    }

    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    static let handlers: [String: RankHandler] = [
        "digests": .everywhere { ranks, payload in
            let digest = try CollectiveTrial(seed: UInt64(payload[0]), lengths: [0, 1, 2, 5, 17, 1000, 20_011]).run(
                on: ranks)
            let all = try ranks.allGather(withUnsafeBytes(of: digest) { Array($0) })
            return all.flatMap { $0 }
        },
        "lengths": .everywhere { ranks, payload in
            try ranks.allGather([UInt8](String(payload.count).utf8)).flatMap { $0 + [10] }
        },
        "root lengths": .root { ranks, payload in
            try ranks.allGather([UInt8](String(payload.count).utf8)).flatMap { $0 + [10] }
        },
        "echo": .root { _, payload in payload },
        // So many steps in which all ranks meet, each of them noted.
        "count": .noting { ranks, payload, note in
            for step in 1...payload[0] {
                var goesOn: UInt8 = try note([UInt8(ranks.rank), step]) ? 1 : 0
                try withUnsafeMutableBytes(of: &goesOn) { try ranks.broadcast($0, from: 0) }
                if goesOn == 0 { throw Wrong(description: "enough") }
            }
            return [payload[0]]
        },
        // The payload's first byte is the rank that throws; the others do nothing, or wait for it.
        "throw": .everywhere { ranks, payload in
            if ranks.rank == payload[0] { throw Wrong(description: "no such column") }
            return []
        },
        "send and throw": .everywhere { ranks, payload in
            // A message that nobody receives.
            if ranks.rank == ranks.count - 1 {
                try [UInt8](repeating: 7, count: 3).withUnsafeBytes { try ranks.send($0, to: 0, tag: 3) }
                throw Wrong(description: "no such column")
            }
            return []
        },
        "throw amid": .everywhere { ranks, payload in
            if ranks.rank == payload[0] { throw Wrong(description: "no such column") }
            try ranks.barrier()
            return []
        },
        "throw amid group": .everywhere { ranks, payload in
            if ranks.rank == payload[0] { throw Wrong(description: "no such column") }
            _ = try ranks.group(of: Array(0..<ranks.count))
            return []
        },
        "differ": .everywhere { ranks, _ in
            var values = [Float](repeating: 1, count: ranks.rank == 1 ? 4 : 5)
            try values.withUnsafeMutableBufferPointer { try ranks.allReduce($0) }
            return []
        },
        // All wait, in a collective or out of it.
        "hang": .everywhere { ranks, payload in
            if ranks.rank == payload[0] { while true { sleep(1) } }
            try ranks.barrier()
            return []
        },
        "compute": .everywhere { _, _ in
            var value = 1.0
            while value > 0 { value = value.squareRoot() }
            return []
        },
        "exit": .everywhere { ranks, payload in
            if ranks.rank == payload[0] {
                say("the disk is full")
                exit(3)
            }
            try ranks.barrier()
            return []
        },
        "measure": .everywhere { ranks, _ in
            let found = try RankMeasurement.measure(on: ranks, sizes: [1 << 10, 1 << 17], repetitions: 1)
            return Array(try JSONEncoder().encode(found))
        },
        "processor time": .everywhere { ranks, _ in
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            let seconds = Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
            return try ranks.allGather([UInt8](String(seconds).utf8)).flatMap { $0 + [10] }
        },
        "environment": .everywhere { ranks, payload in
            let name = String(decoding: payload, as: UTF8.self)
            return try ranks.allGather([UInt8]((ProcessInfo.processInfo.environment[name] ?? "").utf8)).flatMap {
                $0 + [10]
            }
        },
    ]
}

/// A party that starts ranks, says who they are, and then waits in a request to be killed.
enum Party {
    static func run(_ arguments: [String]) throws {
        let count = Int(arguments[0]) ?? 2
        let processes = try RankProcesses(.init(count: count, program: CommandLine.arguments[0]))
        say(processes.ranks.map { String($0.process) }.joined(separator: " "), to: 1)
        _ = try processes.request(arguments[1], [0])
    }
}
