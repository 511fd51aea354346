/// As many characters of a name from elsewhere, as of a transcript, as one would read.
package let textLimit = 300
/// And of its sentences.
package let sentenceLimit = 2_000

/// A sentence of a transcript without what nobody would read: a hostile one repeats a long text in every line.
package func cut(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(sentenceLimit)))
}

/// A text from a transcript as it may go to a terminal: no control characters, nothing that turns the writing direction, no
/// more than one would read. Whoever wrote the transcript must not write the auditor's screen.
package func printable(_ text: some StringProtocol) -> String { printable(text, limit: textLimit) }

/// The same for a text of which one reads more.
package func printable(_ text: some StringProtocol, limit: Int) -> String {
    var result = ""
    for scalar in text.unicodeScalars.prefix(limit) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return text.unicodeScalars.count > limit ? result + "..." : result
}
