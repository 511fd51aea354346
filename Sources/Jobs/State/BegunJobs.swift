/// Which jobs have been begun on a data set: an empty file for each, called by the job's hash. So one that is run again, or goes on,
/// counts once. A folder that is deleted knows of none.
struct BegunJobs {
    private let folder: String

    /// - Parameter dataset: The data set's name in ledgers.
    init(state: String, dataset: String) throws(StateError) {
        folder = "\(state)/begun/\(dataset)"
        try StateFile.makeFolder(folder)
    }

    /// How many there are beside one.
    func count(without hash: String) throws(StateError) -> Int {
        try StateFile.names(in: folder).count { $0 != hash }
    }

    /// Counts a job, before anything is done for it.
    ///
    /// - Parameter hash: In hex, of a job that is remembered.
    func add(_ hash: String) throws(StateError) { try StateFile.write([], to: "\(folder)/\(hash)") }
}
