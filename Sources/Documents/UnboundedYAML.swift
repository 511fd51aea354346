extension String {
    /// What in it Yams could need unbounded time for: the line, from 1, and the problem; `nil` where there is nothing.
    ///
    /// A few hundred bytes of anchors that name each other stand for a document of any size, and where names of fields are lists or
    /// mappings, Yams compares them in time exponential in their depth. Nobody needs either in the files that are read here.
    ///
    /// Looks at bytes, not at tokens: in a quoted text the same is refused. Nothing else begins an anchor or such a name: `&` and `?`
    /// do so where a token begins, and a token begins at white space or behind one of the characters that stand alone; a name that is
    /// a list or a mapping ends with its bracket.
    var unboundedYAML: (line: Int, problem: String)? {
        var line = 1
        /// The byte before, and the last one that is no blank.
        var (previous, solid) = (UInt8(ascii: "\n"), UInt8(ascii: "\n"))
        var isAfterAmpersand = false
        for byte in utf8 {
            if isAfterAmpersand, byte.isOfName {
                return (line, "anchors ('&name') are not read; what they stand for is written out")
            }
            let isFirst = previous.endsToken
            isAfterAmpersand = byte == UInt8(ascii: "&") && isFirst
            if byte == UInt8(ascii: "?") && isFirst || byte == UInt8(ascii: ":") && solid.closesCollection {
                return (line, "names of fields are texts; lists, mappings and '?' are not read as names")
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            previous = byte
            if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t") { solid = byte }
        }
        return nil
    }
}

extension UInt8 {
    /// Part of an anchor's name.
    fileprivate var isOfName: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// A token may begin behind it: control characters and space, what is not ASCII (line ends of Unicode are not), and indicators.
    fileprivate var endsToken: Bool { self <= 0x20 || self >= 0x80 || "[{,:?-".utf8.contains(self) }

    fileprivate var closesCollection: Bool { self == UInt8(ascii: "]") || self == UInt8(ascii: "}") }
}
