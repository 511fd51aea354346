/// What is wrong with a file that a person wrote: which file, which line, which field, and what was expected.
///
/// Quotes names and keywords of the file, never values of data.
public struct DocumentError: Error, Equatable, CustomStringConvertible {
    public var file: String
    /// Counted from 1; 0 where the problem has no line.
    public var line: Int
    /// The path of the field, as `train.optimizer.rate`; empty for the file as a whole.
    public var field: String
    public var problem: String

    public init(file: String, line: Int = 0, field: String = "", problem: String) {
        self.file = file
        self.line = line
        self.field = field
        self.problem = problem
    }

    public var description: String {
        var place = file
        if line > 0 { place += ", line \(line)" }
        if !field.isEmpty { place += ", field '\(field)'" }
        return "\(place): \(problem)"
    }
}
