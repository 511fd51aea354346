package import Histories
package import HistoryTower
internal import RowSources
package import Scratch
internal import Synchronization

/// The events that a serving party's last predictions read, for the next ones: as long as their source does not change, and within a bounded
/// memory. Rows that are scored one by one need not wait for a file to be read each time.
package final class RecentEvents: Sendable {
    /// Events of one history, and as a model's tower sees them.
    package struct Events: Sendable {
        package let log: EventLog
        let encoding: HistoryEncoding
        package let histories: EventHistories
    }

    private struct Entry: Sendable {
        let source: HistorySource
        let version: RowVersion
        let events: Events
    }

    /// The latest last.
    private let entries = Mutex<[Entry]>([])

    /// The part of a party's memory that events may take between predictions.
    private static let share = 4

    package init() {}

    /// Reads events, or finds those that were read before; who asks meanwhile waits.
    ///
    /// - Parameters:
    ///   - source: Read as the encoding needs it.
    ///   - space: Where they are read, and of whose memory a quarter may go to them.
    /// - Throws: `HistoriesError` with file, line and column.
    package func read(_ source: HistorySource, as encoding: HistoryEncoding, in space: WorkingSpace) throws -> Events {
        let source = source.reading(as: encoding)
        // Taken before reading: a change while reading is noticed the next time. Nothing is kept of what cannot tell its version.
        let version = RowVersion(of: source.rows)
        return try entries.withLock { entries in
            if let place = entries.firstIndex(where: { $0.source == source && $0.events.encoding == encoding }) {
                let entry = entries.remove(at: place)
                if entry.version == version {
                    entries.append(entry)
                    return entry.events
                }
            }
            let log = try EventLog(reading: source, in: space)
            let events = Events(log: log, encoding: encoding, histories: try encoding.histories(log))
            if let version { entries.append(Entry(source: source, version: version, events: events)) }
            var bytes = entries.reduce(0) { $0 + $1.events.log.bytes }
            while bytes > space.memory / Self.share, !entries.isEmpty {
                bytes -= entries.removeFirst().events.log.bytes
            }
            return events
        }
    }
}
