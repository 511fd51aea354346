public import Cryptography
internal import Foundation
internal import Link

/// The passphrase of this process's keys, as whoever starts it gives it: in a file, or at the terminal. One for all of them.
final class Passphrases: Sendable {
    static let shared = Passphrases()

    /// The variable that names the file.
    static let variable = "COLONNADE_PASSPHRASE_FILE"

    private let known = Monitor<SecretBytes?>(nil)

    /// The passphrase that was given before, or is given now; `nil` where nobody gives one.
    func passphrase(of path: String) throws(CryptographyError) -> SecretBytes? {
        if let known = known.withLock({ $0 }) { return known }
        let given: SecretBytes?
        if let file = ProcessInfo.processInfo.environment[Self.variable] {
            given = try Passphrase.read(path: file)
        } else {
            given = Passphrase.ask("Passphrase of \(path): ")
        }
        known.withLock { $0 = given }
        return given
    }
}

extension PassphraseSource {
    /// The file that `COLONNADE_PASSPHRASE_FILE` names, or else the terminal; asked once.
    public static let environmentOrTerminal = PassphraseSource { path throws(CryptographyError) in
        try Passphrases.shared.passphrase(of: path)
    }
}
