internal import Documents
internal import Link

/// A party's file as it stands now: what its owner allows, and where its rows are, hold for the next job without a restart.
///
/// The file is read for every question of a coordinator's: it is small, and so no change is missed. Of what is read `policy` and
/// `data` count; all else is as it was at the start. A file with a mistake changes nothing, and refuses every job until it is put right.
final class LivePartyFile: Sendable {
    /// What holds at one moment.
    struct Reading: Sendable {
        /// As it was at the start, with the latest policy and data that had no mistake.
        var file: PartyFile
        var data: DatasetCache
        /// The mistake in the file as it is now, with its line and field; `nil` where there is none.
        var problem: String?
    }

    private let last: Monitor<Reading>
    private let log: @Sendable (String) -> Void

    /// - Parameters:
    ///   - file: What was read at the start, changed by the command line.
    ///   - log: Told of every change.
    init(_ file: PartyFile, log: @escaping @Sendable (String) -> Void) {
        self.log = log
        last = Monitor(Reading(file: file, data: DatasetCache(file.data, in: file.space, log: log), problem: nil))
    }

    /// What holds now.
    func read() -> Reading {
        last.withLock { last in
            do throws(DocumentError) {
                let now = try PartyFile(path: last.file.path)
                if last.problem != nil { log("\(last.file.path) is right again") }
                last.problem = nil
                if now.data != last.file.data {
                    log("the rows that jobs use are others now: data or histories of \(last.file.path) was changed")
                    last.file.data = now.data
                    last.data = DatasetCache(now.data, in: last.file.space, log: log)
                }
                if now.policy != last.file.policy {
                    log("another policy holds now, \(now.policy.hash.prefix(12)): \(now.policy.text)")
                    last.file.policy = now.policy
                }
            } catch {
                let problem = "\(error)"
                if last.problem != problem {
                    log("\(problem); every job is refused until this is put right, and what was there before holds on")
                }
                last.problem = problem
            }
            return last
        }
    }
}
