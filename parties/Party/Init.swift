import ArgumentParser
import Cryptography
import Support

/// `colonnade-party init`: keys, certificate and a description to fill in.
struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make keys, a certificate and a party.yaml to fill in.")

    @Argument(help: "The folder to make; it will hold keys, so keep it to yourself.")
    var folder: String

    @Option(help: "Your organisation's name in jobs: 1 to 32 of a-z, 0-9 and '-'.")
    var name: String

    @Option(help: "The address to listen at.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen at.")
    var port = 7100

    @Flag(name: .customLong("csr"), help: "Make a request to your own authority in place of a certificate.")
    var request = false

    func run() throws {
        try exiting {
            let (certificate, wroteDescription) = try PartyFolder.make(
                folder, name: name, host: host, description: Self.skeleton(name: name, host: host, port: port),
                requests: request)
            let description = folder + "/party.yaml"
            say(
                wroteDescription
                    ? "wrote \(description): name your data file, its key column and your policy there"
                    : "\(description) exists and was kept")
            guard let certificate else {
                say(
                    """
                    made keys for \(name) in \(folder), and \(folder)/request.pem: have it signed, then put in the answer with
                      colonnade-party certify \(folder) CERTIFICATE
                    """)
                return
            }
            say(
                """
                made keys for \(name) in \(folder). Give \(folder)/certificate.pem to your partners and the coordinator; \
                its fingerprint, to compare by telephone:
                  \(certificate.fingerprint.hexadecimal)
                key.pem and transcript-key.pem stay here.
                """)
        }
    }

    private static func skeleton(name: String, host: String, port: Int) -> String {
        """
        # Who you are, what you have, what you allow. Paths are relative to this folder.
        name: \(name)
        # The local address to listen at; 0.0.0.0 for all, as where your public name is not an address of this machine.
        listen: {host: "\(host)", port: \(port)}
        certificate: certificate.pem
        key: key.pem
        transcript-key: transcript-key.pem
        # Approvals, the exposure ledger and transcripts are kept here.
        state: state
        data:
          # A CSV file, plain or compressed (gzip, zstd). Without a header in it: header: false, columns: [id, age, income].
          file: data.csv
          # Instead of a file of CSV, rows may come from (README of the folder 'parties', "party.yaml"):
          #   LIBSVM:      file: data.svm, format: libsvm
          #   SQLite:      sqlite: data.db, and table: NAME or query: "select ..."
          #   PostgreSQL:  postgres: "host=db.example dbname=clients user=reader", table or query as above, and a name
          # PostgreSQL's password is not written here, but in a file that PGPASSFILE names.
          # The column, or [columns], by which rows are matched with your partners'; it has one name at all parties.
          key: id
          # Columns that look like numbers but are names of things, as a month or a postcode:
          # types: {month: category}
        # How much memory your rows may take. What is more lies in files in the state folder while it is worked on.
        memory: 512 MiB
        policy:
          # The columns that jobs may use, the label among them; without this line, all but the key.
          # offer: [age, income]
          protections: [blind]
          min-key-bits: 3072
          # How far your features may be exposed, over all jobs (README, "What opening Z gives away").
          exposure-limit: 0.5
          # ask: a person approves every job first; automatic: every job that this policy allows may run.
          approve: ask
        # headers: hashes of what was sent; full: also the encrypted payloads.
        transcript: headers

        """
    }
}
