internal import Documents

/// For how many days what jobs leave in the state folder is kept after it was last written; `nil`: until somebody removes it.
public struct Retention: Hashable, Sendable {
    private var days: [Leftover.Kind: Int?]

    /// What holds where a party file says nothing: what only helps to go on goes, what somebody may want to read stays.
    public init() {
        days = [
            .checkpoints: 30, .alignments: 90, .transcripts: nil, .scores: nil, .statistics: nil, .records: 365,
            .histories: 90,
        ]
    }

    init(_ document: consuming Document) throws(DocumentError) {
        self.init()
        var document = document
        for kind in Leftover.Kind.allCases {
            guard let text = try document.optionalText(kind.rawValue) else { continue }
            if text == "keep" {
                days[kind] = .some(nil)
            } else if let count = Self.days(text) {
                days[kind] = count
            } else {
                throw document.error(kind.rawValue, "'\(text)' is neither 'keep' nor a number of days such as 90d")
            }
        }
        try document.end()
    }

    /// Days that a kind is kept for; `nil`: for good.
    public subscript(kind: Leftover.Kind) -> Int? { days[kind] ?? nil }

    /// Reads `90d`, from one day to a hundred years.
    public static func days(_ text: String) -> Int? {
        guard text.hasSuffix("d"), text.dropLast().allSatisfy(\.isNumber), let days = Int(text.dropLast()),
            (1...36_500).contains(days)
        else { return nil }
        return days
    }

    /// A sentence for people.
    public var text: String {
        Leftover.Kind.allCases.map { kind in "\(kind.rawValue) \(self[kind].map { "\($0)d" } ?? "kept")" }
            .joined(separator: ", ")
    }
}

/// Where a party's log goes, if not to standard error.
public struct LogFile: Hashable, Sendable {
    /// Its path.
    public var path: String
    /// Size in bytes at which a new one begins.
    public var size = 10 << 20
    /// Earlier ones that are kept, `PATH.1` the latest.
    public var keep = 5

    init(_ document: consuming Document, resolve: (String) -> String) throws(DocumentError) {
        var document = document
        path = resolve(try document.text("file"))
        size = try document.optionalSize("size", atLeast: 1 << 10) ?? size
        keep = try document.optionalInteger("keep", in: 0...1000) ?? keep
        try document.end()
    }
}
