internal import Glibc

/// A file without a name, for parsers that take a path. It is gone when it is closed, or its process ends in whatever way.
enum TemporaryFile {
    /// What `body` returns for the path of a file that holds `bytes`.
    static func holding<Result>(_ bytes: [UInt8], _ body: (_ path: String) -> Result) -> Result {
        guard let file = tmpfile() else { preconditionFailure("no temporary file") }
        defer { fclose(file) }
        precondition(fwrite(bytes, 1, bytes.count, file) == bytes.count && fflush(file) == 0, "no room for a file")
        return body("/proc/self/fd/\(fileno(file))")
    }
}

/// A party's folder, in which one file is given.
enum PartyFolder {
    /// What `body` returns for the path of a folder in which the file `name` holds `bytes`.
    static func holding<Result>(_ name: String, _ bytes: [UInt8], _ body: (_ folder: String) -> Result) -> Result {
        TemporaryFile.holding(bytes) { file in
            var template = Array("/tmp/colonnade-fuzzing-XXXXXX".utf8CString)
            precondition(mkdtemp(&template) != nil, "no folder")
            let folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
            defer {
                unlink(folder + "/" + name)
                rmdir(folder)
            }
            precondition(symlink(file, folder + "/" + name) == 0, "no link in \(folder)")
            return body(folder)
        }
    }
}
