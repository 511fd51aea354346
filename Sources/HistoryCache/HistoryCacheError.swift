internal import Glibc

/// Why a store of histories cannot be opened, read or written. Holds paths, places and numbers, never what is stored.
public enum HistoryCacheError: Error, Equatable {
    /// The system refuses something; `path` is the file or folder.
    case file(path: String, action: String, code: Int32)
    /// Another process, or another object of this one, works with the store.
    case inUse(path: String)
    /// The store was made for another model.
    case otherModel(path: String, found: String, expected: String)
    /// The store was made for other sizes.
    case otherShape(path: String, found: CacheShape, expected: CacheShape)
    /// A file does not hold what this library wrote.
    case damaged(path: String, offset: Int, problem: String)
    /// The store was written by another version of this library.
    case otherVersion(path: String, found: Int, expected: Int)
    /// No store can have this shape, or its model's name is none.
    case impossible(problems: [String])
    /// An entity's cache is asked for while there is one, or after it was removed.
    case entity(path: String, problem: String)
    /// The folder holds no store.
    case missing(path: String)
}

extension HistoryCacheError: CustomStringConvertible {
    /// What failed and what to do, for people.
    public var description: String {
        switch self {
        case .file(let path, let action, let code):
            "\(path) cannot be \(action): \(Self.text(code)); see to that disk and its rights, then open the store again"
        case .inUse(let path):
            "\(path) is locked: another process works with this store of histories; one at a time can"
        case .otherModel(let path, let found, let expected):
            "\(path) holds histories of model \(found), and the model is \(expected); name another folder, or remove this "
                + "one and build the histories again"
        case .otherShape(let path, let found, let expected):
            "\(path) holds histories of another shape: \(Self.differences(found, expected)); name another folder, or "
                + "remove this one and build the histories again"
        case .damaged(let path, let offset, let problem):
            "\(path) is damaged at byte \(offset): \(problem); remove the store's folder and build the histories again"
        case .otherVersion(let path, let found, let expected):
            "\(path) has version \(found), and this program writes version \(expected); remove the store's folder and build "
                + "the histories again"
        case .impossible(let problems): "no store of histories can be like this: \(problems.joined(separator: "; "))"
        case .entity(let path, let problem): "\(path): \(problem)"
        case .missing(let path): "\(path) holds no store of histories; build one first, or name its folder"
        }
    }

    private static func differences(_ found: CacheShape, _ expected: CacheShape) -> String {
        let fields: [(String, (CacheShape) -> String)] = [
            ("layers", { "\($0.layers)" }), ("heads", { "\($0.heads)" }),
            ("queries a head", { "\($0.queriesPerHead)" }), ("dimension", { "\($0.dimension)" }),
            ("outputs", { "\($0.outputs)" }), ("events", { "\($0.events)" }), ("budget", { "\($0.budget)" }),
            ("the rest", { "\($0.rest)" }), ("subspaces", { "\($0.subspaces)" }), ("bits", { "\($0.bits)" }),
        ]
        return fields.filter { $0.1(found) != $0.1(expected) }
            .map { "\($0.0) \($0.1(found)) rather than \($0.1(expected))" }.joined(separator: ", ")
    }

    private static func text(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        _ = strerror_r(code, &buffer, buffer.count)
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }
}
