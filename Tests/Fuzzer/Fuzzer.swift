import Fuzzing
import Glibc

/// The parser that the environment names in `COLONNADE_PARSER`.
private let parser: Parser = {
    let name = getenv("COLONNADE_PARSER").map { String(cString: $0) } ?? ""
    guard let parser = Parser(rawValue: name) else {
        let names = Parser.allCases.map(\.rawValue).joined(separator: " ")
        fatalError("COLONNADE_PARSER is '\(name)'; there are: \(names)")
    }
    return parser
}()

/// libFuzzer's entry: one input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    _ = parser.accepts([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
