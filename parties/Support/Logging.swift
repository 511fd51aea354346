internal import Glibc
public import Logging

/// Log lines on standard error: time, level, who, what.
struct StandardErrorHandler: LogHandler {
    let label: String
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        let level = event.level >= .warning ? " \(event.level)" : ""
        say("\(clock) \(label)\(level): \(event.message)")
    }
}

/// This process's log.
public func makeLogger(_ label: String, quiet: Bool = false) -> Logger {
    Logger(label: label) { label in
        var handler = StandardErrorHandler(label: label)
        if quiet { handler.logLevel = .warning }
        return handler
    }
}
