internal import Foundation

/// The version of Unicode that Swift's library has: it decides what is white space, how case folds and what is composed.
enum UnicodeVersion {
    /// The latest version in which a character was added, found by asking all of the first two planes: every version adds some there.
    static let current: String = {
        var latest = (major: 0, minor: 0)
        for value in UInt32(0)...0x1_FFFF {
            if let age = Unicode.Scalar(value)?.properties.age, age > latest { latest = age }
        }
        return "\(latest.major).\(latest.minor)"
    }()
}

extension String {
    /// The text without Unicode White_Space at both ends.
    var trimmingWhiteSpace: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    /// The composed form (NFC, Unicode Standard Annex 15), nil where Foundation knows less of Unicode than Swift's library does.
    ///
    /// Texts are mostly composed already, which the library sees fast. Others are composed by Foundation, the only one that does so
    /// publicly, from tables of an older version: it leaves some sequences of recent scripts as they are. So the library has the
    /// last word. What it calls composed is the one composed form by its own version, because all that Foundation does preserves
    /// canonical equivalence.
    var composed: String? {
        if isComposed(quickly: true) { return self }
        let text = precomposedStringWithCanonicalMapping
        return text.isComposed(quickly: false) ? text : nil
    }

    private func isComposed(quickly: Bool) -> Bool {
        var text = utf8Span
        return text.checkForNFC(quickCheck: quickly)
    }

    /// Full case folding (the Unicode Standard, section 5.18), up to canonical equivalence: compose the text before and after.
    var caseFolded: String {
        var folded = UnicodeScalarView()
        for scalar in unicodeScalars {
            if scalar.isASCII {
                folded.append(Unicode.Scalar(UInt8(truncatingIfNeeded: scalar.value).asciiFolded))
            } else if scalar.properties.changesWhenCaseFolded {
                folded.append(contentsOf: scalar.caseFolded)
            } else {
                folded.append(scalar)
            }
        }
        return String(folded)
    }
}

extension UInt8 {
    /// A to Z become a to z.
    var asciiFolded: UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self }
}

extension Unicode.Scalar {
    /// What the C and F mappings of CaseFolding.txt make of a scalar that they change.
    ///
    /// Swift's library has that table but no public way to it. Unicode derives it from the mappings of case, and so does this: lower
    /// case of upper case of lower case, or upper case where that changes nothing (Cherokee, whose small letters came later and fold
    /// to the capitals). With `changesWhenCaseFolded`, which is false for the dotless i, it gives all of the table but the lines of 24
    /// letters that are canonically equivalent to their mapping, such as U+01F0. The tests compare all of Unicode.
    fileprivate var caseFolded: String.UnicodeScalarView {
        let upper = properties.lowercaseMapping.unicodeScalars.mapped(\.uppercaseMapping)
        let folded = upper.mapped(\.lowercaseMapping)
        return folded.elementsEqual(CollectionOfOne(self)) ? properties.uppercaseMapping.unicodeScalars : folded
    }
}

extension String.UnicodeScalarView {
    fileprivate func mapped(_ mapping: (Unicode.Scalar.Properties) -> String) -> String.UnicodeScalarView {
        var mapped = String.UnicodeScalarView()
        for scalar in self { mapped.append(contentsOf: mapping(scalar.properties).unicodeScalars) }
        return mapped
    }
}
