internal import Cryptography
internal import FoundationEssentials

extension Policy {
    /// The whole policy as one line of JSON, fields by name and defaults filled in: two policies with one text are the same. It is YAML
    /// as well, and may stand as `policy:` in a party file.
    public var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts and finite numbers: nothing here fails to be encoded.
        return (try? encoder.encode(Fields(self))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// SHA-256 of ``text``, in hex. It names a policy, and hides one no better than its text is hard to guess.
    public var hash: String { SHA256.hash(Array(text.utf8)).hexadecimal }

    /// A policy's fields as a party file has them.
    private struct Fields: Encodable {
        let policy: Policy

        init(_ policy: Policy) { self.policy = policy }

        enum CodingKeys: String, CodingKey {
            case offer, protections, approve, statistics, partners, protocols, models, until, jobs
            case touchedRows = "touched-rows"
            case minimumKeyBits = "min-key-bits"
            case exposureLimit = "exposure-limit"
            case releasesMetrics = "release-metrics"
            case minimumRows = "min-rows"
            case maximumRows = "max-rows"
            case maximumRounds = "max-rounds"
        }

        enum StatisticsKeys: String, CodingKey {
            case reveal, bins, correlations, release
            case minimumBin = "min-bin"
            case correlationRows = "correlation-rows"
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encodeIfPresent(policy.offer, forKey: .offer)
            try fields.encode(policy.protections.map(\.rawValue), forKey: .protections)
            try fields.encode(policy.touchedRows.map(\.rawValue), forKey: .touchedRows)
            try fields.encode(policy.minimumKeyBits, forKey: .minimumKeyBits)
            try fields.encode(policy.exposureLimit, forKey: .exposureLimit)
            try fields.encode(policy.approval.rawValue, forKey: .approve)
            try fields.encode(policy.releasesMetrics, forKey: .releasesMetrics)
            var statistics = fields.nestedContainer(keyedBy: StatisticsKeys.self, forKey: .statistics)
            try statistics.encode(policy.statistics.reveal.rawValue, forKey: .reveal)
            try statistics.encode(policy.statistics.minimumBin, forKey: .minimumBin)
            try statistics.encode(policy.statistics.bins, forKey: .bins)
            try statistics.encode(policy.statistics.correlations, forKey: .correlations)
            try statistics.encode(policy.statistics.correlationRows, forKey: .correlationRows)
            try statistics.encode(policy.statistics.isReleased, forKey: .release)
            let scope = policy.scope
            try fields.encodeIfPresent(scope.partners?.map(\.name), forKey: .partners)
            try fields.encodeIfPresent(scope.protocols, forKey: .protocols)
            try fields.encodeIfPresent(scope.models?.map(\.rawValue), forKey: .models)
            try fields.encodeIfPresent(scope.minimumRows, forKey: .minimumRows)
            try fields.encodeIfPresent(scope.maximumRows, forKey: .maximumRows)
            try fields.encodeIfPresent(scope.maximumRounds, forKey: .maximumRounds)
            try fields.encodeIfPresent(scope.until?.description, forKey: .until)
            try fields.encodeIfPresent(scope.jobs, forKey: .jobs)
        }
    }
}

// MARK: - For people

extension Policy {
    /// The policy in plain words, a sentence an element, without full stops.
    public var sentences: [String] {
        func list(_ names: [String]?, _ all: String) -> String {
            names.map { $0.isEmpty ? "none" : $0.joined(separator: ", ") } ?? all
        }
        func limit(_ number: Int?, _ before: String, _ after: String) -> [String] {
            number.map { ["\(before) \($0) \(after)"] } ?? []
        }
        let rows =
            limit(scope.minimumRows, "at least", "in common") + limit(scope.maximumRows, "at most", "of yours in a job")
        let times =
            limit(scope.jobs, "at most", "on this data set in all")
            + (scope.until.map { ["none starts after \($0)"] } ?? [])
        let told =
            switch statistics.reveal {
            case .none: "nothing is told"
            case .value: "information values of columns"
            case .weights: "information values of columns, weights of bins"
            }
        var sentences = [
            "partners: \(list(scope.partners?.map(\.name), "all whom you trust"))",
            "models: \(list(scope.models?.map(\.rawValue), "all"))",
            "protocols: \(list(scope.protocols, "all"))",
            "protections: \(list(protections.map(\.rawValue), "")); keys of at least \(minimumKeyBits) bits",
            "rows: \(rows.isEmpty ? "any number" : rows.joined(separator: "; "))",
            "rounds: \(scope.maximumRounds.map { "at most \($0) of training" } ?? "any number")",
            "jobs: \(times.isEmpty ? "any number, at any time" : times.joined(separator: "; "))",
            "lists of rows that travel: \(list(touchedRows.map(\.rawValue), ""))",
            "exposure: at most \(exposureLimit) over all jobs",
            "bins of columns: \(told)",
        ]
        let audience = statistics.isReleased ? "the coordinator sees them" : "not for the coordinator"
        if statistics.reveal != .none {
            sentences.append(
                "  of at least \(statistics.minimumBin) rows, at most \(statistics.bins) for each partner; \(audience)")
        }
        sentences.append(
            statistics.correlations == 0
                ? "correlations of columns: none are told"
                : "correlations of columns: at most \(statistics.correlations) for each partner, over at least "
                    + "\(statistics.correlationRows) training rows; \(audience)")
        sentences.append("metrics: \(releasesMetrics ? "released to the coordinator" : "kept here")")
        switch approval {
        case .automatic: sentences.append("approval: automatic; every job that this policy allows may run")
        case .ask: sentences.append("approval: ask; a person approves every job first, by its hash")
        }
        return sentences
    }
}
