import Glibc

/// What can go wrong with keys, certificates, curve points and their files.
///
/// Cases carry file names, party names and sizes, never key material, identifiers or messages, so an error may be logged and sent.
public enum CryptographyError: Error, Equatable {
    /// The operating system refused to open, read or write a file; `code` is its errno.
    case file(path: String, code: Int32)
    /// A file is not of the expected kind, for instance `expected: "one PEM certificate"`.
    case unexpectedContent(path: String, expected: String)
    /// A private key's file can be read by others than its owner; `mode` holds its permission bits.
    case exposedKeyFile(path: String, mode: UInt32)
    /// A private key is under a passphrase that was not given, or is another one.
    case lockedKey(path: String)
    /// Bytes are not one X.509 certificate; `problem` says where parsing stopped.
    case malformedCertificate(problem: String)
    /// A certificate's key is not Ed25519, the only kind in use here.
    case unsupportedKey
    /// A private key does not belong to the certificate that it was given with.
    case keyMismatch
    /// A party's name is not 1 to 32 characters of `a-z`, `0-9` and `-`.
    case invalidPartyName
    /// A host is neither a DNS name nor an IP address.
    case invalidHost
    /// A certificate cannot express this span of time: seconds since 1970 and length in seconds.
    case invalidValidity(from: Int, length: Int)
    /// Bytes have the wrong length for what they encode.
    case wrongLength(of: String, expected: Int, got: Int)
    /// The curve point at `index` is a number of p = 2^255 - 19 or above.
    case pointNotCanonical(index: Int)
    /// The curve point at `index` is on the curve's twist, or is 0.
    case pointNotOnCurve(index: Int)
    /// The curve point at `index` has an order of at most 8: its products say nothing about the scalar.
    case pointOfSmallOrder(index: Int)
}

extension CryptographyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let path, let code):
            "\(path): \(String(cString: strerror(code)))."
        case .unexpectedContent(let path, let expected):
            "\(path): expected \(expected)."
        case .exposedKeyFile(let path, let mode):
            "\(path): this private key is open to other users (mode \(String(mode, radix: 8))); run chmod 600 on it."
        case .lockedKey(let path):
            "\(path): this key is under a passphrase, and it was not given or is another one; name a file that holds it in "
                + "COLONNADE_PASSPHRASE_FILE, or start where you can type it."
        case .malformedCertificate(let problem):
            "Not a valid certificate: \(problem)."
        case .unsupportedKey:
            "The certificate's key is not an Ed25519 key."
        case .keyMismatch:
            "The private key does not belong to the certificate."
        case .invalidPartyName:
            "A party's name has 1 to 32 characters, each a lower-case letter, a digit or a hyphen."
        case .invalidHost:
            "A host is a DNS name or an IP address."
        case .invalidValidity(let from, let length):
            "A certificate cannot be valid for \(length) s from \(from) s after 1970."
        case .wrongLength(let what, let expected, let got):
            "\(what): expected \(expected) bytes, got \(got)."
        case .pointNotCanonical(let index):
            "Curve point \(index) is not a number below 2^255 - 19."
        case .pointNotOnCurve(let index):
            "Curve point \(index) is not on Curve25519."
        case .pointOfSmallOrder(let index):
            "Curve point \(index) has small order."
        }
    }
}
