public import RowSources
public import Tables

/// What can be wrong with event histories. Cases hold names of files and columns, places, counts and moments, never a cell. `file` is any
/// source.
public enum HistoriesError: Error, Equatable {
    /// The events, or the columns of the main table, cannot be read.
    case table(TablesError)
    /// An event, or a row that asks, without a moment.
    case noMoment(file: String, at: RowPlace, column: String)
    /// A cell that is no moment.
    case notAMoment(file: String, at: RowPlace, column: String)
    /// The first cell of a column that is a date where those before are numbers, or the other way round.
    case mixedMoments(file: String, at: RowPlace, column: String)
    /// Dates on one side, numbers on the other.
    case otherMoments(file: String, column: String, events: String, time: String)
    /// A column that names entities and was read as numbers.
    case numericEntity(file: String, column: String)
    /// No event stands before a moment.
    case noEvents(file: String, before: Moment)
    /// Events that take more bytes than the party's rows may.
    case tooLarge(file: String, events: Int, bytes: Int, memory: Int)
    /// A history that the party file does not name.
    case unknown(history: String, available: [String])
}

extension HistoriesError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .table(let error): error.description
        case .noMoment(let file, let place, let column):
            "\(file), \(place), column '\(column)': the moment is missing; fill it in or leave the row out"
        case .notAMoment(let file, let place, let column):
            "\(file), \(place), column '\(column)': no moment; a number of seconds or a date such as 2013-01-31, "
                + "2013-01-31 05:15:00 or 2013-01-31T05:15:00Z is expected"
        case .mixedMoments(let file, let place, let column):
            "\(file), \(place), column '\(column)': dates and numbers in one column; write all moments alike"
        case .otherMoments(let file, let column, let events, let time):
            "\(file), column '\(column)', and \(events), column '\(time)': dates in one and numbers in the other; write both "
                + "alike, or a row could see events that come after it"
        case .numericEntity(let file, let column):
            "\(file), column '\(column)': is read as numbers where it names whose history a row looks at; declare it a category "
                + "under data.types"
        case .noEvents(let file, let moment):
            "\(file): no event before \(moment), the latest moment of the training rows: there is nothing to learn from"
        case .tooLarge(let file, let events, let bytes, let memory):
            "\(file): \(events) events take \(bytes >> 20) MiB of memory where \(memory >> 20) MiB are for this party's rows; raise "
                + "memory in the party file, name fewer fields, or let a query leave old events out"
        case .unknown(let history, let available):
            "no history '\(history)'; "
                + (available.isEmpty
                    ? "the party file names none under histories"
                    : "the party file names \(available.joined(separator: ", "))")
        }
    }
}
