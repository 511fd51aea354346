internal import Glibc
public import Logging

/// Log lines: time, level, who, what. On standard error with the time of day, in a file with the date, too.
struct LineHandler: LogHandler {
    let label: String
    let file: RotatingFile?
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let level = event.level >= .warning ? " \(event.level)" : ""
        let line = "\(clock) \(label)\(level): \(event.message)"
        if let file { file.write(line) } else { say(line) }
    }

    private var clock: String {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let length = strftime(&text, text.count, file == nil ? "%H:%M:%S" : "%Y-%m-%dT%H:%M:%S%z", &parts)
        return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// This process's log.
///
/// - Parameter file: Where it goes; `nil`: to standard error.
public func makeLogger(_ label: String, quiet: Bool = false, to file: RotatingFile? = nil) -> Logger {
    Logger(label: label) { label in
        var handler = LineHandler(label: label, file: file)
        if quiet { handler.logLevel = .warning }
        return handler
    }
}
