import ArgumentParser
import Foundation
import HistoryTower
import Jobs
import Support

/// `colonnade-party history`: a party's stores of histories.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Look after the stores out of which predictions read long histories.",
        discussion: """
            A model with a tower over histories may answer predictions out of a store in your state folder (history-budget in the job): \
            keys and values of every event are kept, and a new event attends to a share of those before it. A prediction builds \
            what is missing; these commands do it beforehand, and show what is there. No partner takes part. Stores hold what your \
            events say, unencrypted, for you alone.
            """,
        subcommands: [HistoryBuild.self, HistoryAppend.self, HistoryQuery.self, HistoryStats.self])
}

/// What every one of these commands is told.
struct HistoryOptions: ParsableArguments {
    @Argument(help: "Your party.yaml.")
    var file: String

    @Argument(help: "The model, as 'colonnade-party models' names it.")
    var model: String

    @Option(help: "One history of the model alone.")
    var history: String?

    @Option(
        name: .customLong("history-budget"),
        help:
            "The share of the latest events that an event attends to, 0.01 to 1. Default: as the model's job says, else that of the store that is there, else 0.2."
    )
    var share: Double?

    @Flag(help: "Print one JSON array.")
    var json = false

    func validate() throws {
        if let share, !KeptHistories.shares.contains(share) {
            throw ValidationError("--history-budget is from 0.01 to 1, not \(share)")
        }
    }

    func open() throws -> KeptHistories { try KeptHistories(PartyFile(path: file), model: model) }

    /// The histories that are meant.
    func chosen(_ kept: KeptHistories) -> [String] { history.map { [$0] } ?? kept.histories }

    /// The share that is meant of a history.
    func share(of history: String, _ kept: KeptHistories) throws -> Double {
        if let share = share ?? kept.usualShare { return share }
        let there = try kept.all().filter { $0.history == history }.map(\.share)
        guard there.count < 2 else {
            throw ValidationError(
                "history '\(history)' has stores for \(there.map { "\($0)" }.joined(separator: " and ")): name one with --history-budget"
            )
        }
        return there.first ?? 0.2
    }
}

/// Builds or updates stores, and says what that took.
private func update(
    _ options: HistoryOptions,
    _ work: (KeptHistories, String, Double, (Int, Int) throws -> Void) throws -> StoreUpdate
) throws {
    let kept = try options.open()
    var updates: [[String: StoreUpdate]] = []
    for history in options.chosen(kept) {
        let share = try options.share(of: history, kept)
        let line = ProgressLine("history \(history), \(HistoryText.percent(share)) of the events in sight")
        let update = try work(kept, history, share) { line.show($0, of: $1) }
        line.end()
        if options.json { updates.append([history: update]) } else { print(HistoryText.line(history, update)) }
    }
    if options.json { try HistoryText.printJSON(updates) }
}

/// `colonnade-party history build`
struct HistoryBuild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract:
            "Build the stores of a model's histories from all events that your party.yaml names; old ones are replaced."
    )

    @OptionGroup var options: HistoryOptions

    func run() throws {
        try exiting { try update(options) { try $0.build($1, share: $2, progress: $3) } }
    }
}

/// `colonnade-party history append`
struct HistoryAppend: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append",
        abstract: "Bring the stores of a model's histories up to date with events that have come.",
        discussion: """
            An entity whose past is not what it was, or of which fewer events are given than are kept, is built anew.
            """)

    @OptionGroup var options: HistoryOptions

    func run() throws {
        try exiting { try update(options) { try $0.append($1, share: $2, progress: $3) } }
    }
}

/// `colonnade-party history query`
struct HistoryQuery: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Show what a model's stores say of an entity, and what one more event of it takes.",
        discussion: """
            The last event is computed as if it came once more, with the share of the events in sight that the store allows and with all \
            of them, in turn; nothing of it is kept. What is shown stays with you: it tells of your events.
            """)

    @OptionGroup var options: HistoryOptions

    @Option(help: "Whose history, as your events name it.")
    var entity: String

    func run() throws {
        try exiting {
            let kept = try options.open()
            let histories = options.chosen(kept)
            let answers = try histories.compactMap {
                try kept.query($0, share: options.share(of: $0, kept), entity: entity)
            }
            guard !answers.isEmpty else {
                throw ValidationError("'\(entity)' has no event in \(histories.joined(separator: ", "))")
            }
            if !options.json { for answer in answers { HistoryText.lines(answer).forEach { print($0) } } }
            if options.json { try HistoryText.printJSON(answers) }
        }
    }
}

/// `colonnade-party history stats`
struct HistoryStats: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "List the stores of a model's histories: events, entities, bytes.")

    @OptionGroup var options: HistoryOptions

    func run() throws {
        try exiting {
            let kept = try options.open()
            let names = options.chosen(kept)
            let stores = try kept.all().filter { store in
                names.contains(store.history) && options.share.map { $0 == store.share } ?? true
            }
            if options.json { return try HistoryText.printJSON(stores) }
            if stores.isEmpty { say("no store yet: 'colonnade-party history build' or a prediction makes one") }
            for store in stores { HistoryText.lines(store).forEach { print($0) } }
        }
    }
}
