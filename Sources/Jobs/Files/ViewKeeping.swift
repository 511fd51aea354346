extension PartyFile {
    /// What a party writes beside its transcripts for its own auditor (`PrivateView`).
    public enum ViewKeeping: String, CaseIterable, Sendable {
        case none
        /// Its key, its rows and its rounds: for whoever may open what this party could open.
        case kept
        /// Besides, the seed of all of its randomness and what its links exported, so that an auditor can compute every byte again.
        /// Whoever has the file is as good as this party in that job: on test data only.
        case insecureReplay = "insecure-replay"

        /// What is to be said of it before a job runs; `nil` where there is nothing to say.
        public var warning: String? {
            switch self {
            case .none: nil
            case .kept:
                "private views are kept: beside each transcript lies a file with this party's key and rows in that job, for its own "
                    + "auditor; it is never sent"
            case .insecureReplay: Self.insecureWarning
            }
        }

        /// In reports, too.
        static let insecureWarning =
            "INSECURE: the seed of all randomness is recorded beside the transcript; for test data only"

        /// The same as a transcript's header states it.
        var statements: [String: String] {
            switch self {
            case .none: [:]
            case .kept: ["private-view": "kept for the writer's own auditor"]
            case .insecureReplay: ["private-view": Self.insecureWarning]
            }
        }
    }

    /// The same party with full transcripts and private views, whatever the file says.
    ///
    /// - Parameter insecurely: Whether seeds are recorded, too; where the file has them recorded, they are.
    public func audited(insecurely: Bool) -> PartyFile {
        var file = self
        file.keepsPayloads = true
        file.privateView = insecurely || privateView == .insecureReplay ? .insecureReplay : .kept
        return file
    }
}
