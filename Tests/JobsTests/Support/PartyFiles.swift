import AuditedFederation
import Foundation
import Jobs

extension PartyFile {
    /// As its reader makes it of what every party file has, and other lines.
    ///
    /// - Parameters:
    ///   - lines: Of its top level.
    ///   - data: The lines of its section of data.
    ///   - folder: Where it stands; `nil`: in one that is gone afterwards.
    static func reading(
        _ lines: String, name: String = "shop", data: String = "file: data.csv\nkey: id", in folder: String? = nil
    ) throws -> PartyFile {
        let own = try TemporaryFolder()
        let path = "\(folder ?? own.path)/party.yaml"
        try """
        name: \(name)
        listen: {host: 127.0.0.1, port: 0}
        certificate: certificate.pem
        key: key.pem
        transcript-key: transcript-key.pem
        data:
          \(data.replacingOccurrences(of: "\n", with: "\n  "))
        \(lines)

        """.write(toFile: path, atomically: false, encoding: .utf8)
        return try PartyFile(path: path)
    }
}
