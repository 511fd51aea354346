import Cryptography
import Foundation
import Testing

extension System {
    /// Certificates that are renewed while everybody goes on, certificates of an organisation's own authority, keys under a passphrase.
    @Suite struct Keys {
        @Test func aCertificateIsRenewedWhilePartnersGoOn() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                let more = ["--set", "exposure.limit=100"]
                for party in federation.parties { try federation.describe(party, policy: ["exposure-limit": "100"]) }
                var servers = try await federation.serve()
                #expect(try await federation.run("colonnade", ["run", "job.yaml"] + more).status == 0)

                try await federation.done("colonnade-party", "renew", "shop")
                let next = try Certificate(path: federation.path("shop/next/certificate.pem"))
                let before = try Certificate(path: federation.path("shop/certificate.pem"))
                #expect(next.commonName == "shop" && next.subjectNames == before.subjectNames)
                let again = try await federation.run("colonnade-party", "renew", "shop")
                #expect(again.status != 0 && again.errors.contains("a renewal is under way"), "\(again.errors)")
                for (program, folder) in [("colonnade-party", "bank"), ("colonnade", "coordinator")] {
                    let pinned = try await federation.run(program, "trust", folder, "shop/next/certificate.pem")
                    #expect(
                        pinned.status == 0 && pinned.errors.contains("the one that was pinned before"),
                        "\(pinned.errors)")
                }
                // The partner has read both, the shop still uses the one from before.
                try await federation.restart("bank", &servers)
                #expect(
                    try await federation.run("colonnade", ["run", "job.yaml", "--set", "train.epochs=1"] + more).status
                        == 0)

                try await federation.done("colonnade-party", "renew", "shop", "--switch")
                try await federation.restart("shop", &servers)
                let after = try await federation.run(
                    "colonnade", ["run", "job.yaml", "--set", "train.epochs=3", "--json"] + more)
                #expect(after.status == 0, "\(after.errors)")
                let report = try Report(after.output)
                #expect(report.certificate(of: "shop") == next.fingerprint.hexadecimal)
                let hash = try #require(report["hash"] as? String).prefix(12)
                let transcripts = federation.transcripts().filter { $0.contains(hash) }
                let verified = try await federation.run("colonnade-audit", ["verify"] + transcripts)
                #expect(transcripts.count == 2 && verified.status == 0, "\(verified.output)")
                let kept = "shop/old/certificate-\(before.fingerprint.hexadecimal.prefix(16)).pem"
                #expect(try Certificate(path: federation.path(kept)) == before)

                // A key that was stolen: what was pinned before is forgotten.
                try await federation.done("colonnade", "trust", "coordinator", "shop/\(kept.dropFirst(5))", "--replace")
                let stranger = try await federation.run("colonnade", "run", "job.yaml")
                #expect(stranger.status == 1 && stranger.errors.contains("certificate"), "\(stranger.errors)")
            }
        }

        /// An authority with an RSA key, as organisations have it.
        @Test func anOrganisationsOwnAuthoritySigns() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try await federation.openssl(
                    "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=Example-Authority")
                let certify = "x509 -req -CA ca.pem -CAkey ca.key -copy_extensions copy"
                try await federation.done("colonnade-party", "renew", "shop", "--csr")
                let early = try await federation.run("colonnade-party", "renew", "shop", "--switch")
                #expect(early.status != 0 && early.errors.contains("certify"), "\(early.errors)")
                try await federation.openssl("\(certify) -in shop/next/request.pem -days 20 -out answer.pem")
                let foreign = try await federation.run("colonnade-party", "certify", "bank", "answer.pem")
                #expect(foreign.status != 0 && foreign.errors.contains("'shop'"), "\(foreign.errors)")
                try await federation.done("colonnade-party", "certify", "shop", "answer.pem")
                try await federation.done("colonnade-party", "trust", "bank", "answer.pem")
                try await federation.done("colonnade", "trust", "coordinator", "answer.pem")
                try await federation.done("colonnade-party", "renew", "shop", "--switch")
                let servers = try await federation.serve()
                let outcome = try await federation.run("colonnade", "run", "job.yaml")
                #expect(outcome.status == 0, "\(outcome.errors)")
                // Twenty days are less than a month.
                for errors in [servers["shop"]?.errors ?? "", servers["bank"]?.errors ?? "", outcome.errors] {
                    #expect(errors.contains(/certificate.* expires in (19|20) days/), "\(errors)")
                }
            }
        }

        @Test func keysUnderAPassphraseServeWhoKnowsIt() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                func write(_ text: String, to file: String) throws {
                    try federation.write(text, to: file)
                    chmod(federation.path(file), 0o600)
                }
                try write("correct horse\n", to: "right")
                try write("battery staple\n", to: "wrong")
                try await federation.done("colonnade-party", "passphrase", "shop", "--file", "right")
                try await federation.done("colonnade", "passphrase", "coordinator", "--file", "right")
                for variables in [[:], ["COLONNADE_PASSPHRASE_FILE": "wrong"]] {
                    let outcome = try await federation.start(
                        "colonnade-party", ["serve", "shop/party.yaml"], variables: variables
                    ).outcome(within: 20)
                    #expect(outcome.status == 65 && outcome.errors.contains("shop/key.pem"), "\(outcome.errors)")
                    #expect(outcome.errors.contains("COLONNADE_PASSPHRASE_FILE"), "\(outcome.errors)")
                }
                _ = try await federation.serve("bank")
                let known = ["COLONNADE_PASSPHRASE_FILE": "right"]
                let shop = try federation.start("colonnade-party", ["serve", "shop/party.yaml"], variables: known)
                try await shop.says("listening at")
                let run = try await federation.start("colonnade", ["run", "job.yaml"], variables: known).outcome(
                    within: 60)
                #expect(run.status == 0, "\(run.errors)")
                let removed = try await federation.start(
                    "colonnade-party", ["passphrase", "shop", "--remove"], variables: known
                ).outcome(within: 20)
                #expect(removed.status == 0, "\(removed.errors)")
                for file in ["key.pem", "transcript-key.pem"] {
                    #expect(try !SigningKey.isLocked(path: federation.path("shop/\(file)")))
                }
            }
        }
    }
}

extension Report {
    fileprivate func certificate(of party: String) -> String? {
        ((self["parties"] as? [String: Any])?[party] as? [String: Any])?["certificate"] as? String
    }
}

extension Federation {
    fileprivate func restart(_ party: String, _ servers: inout [String: Program]) async throws {
        servers[party]?.signal(SIGTERM)
        _ = try await servers[party]?.outcome(within: 20)
        servers[party] = try await serve(party)
    }

    /// The `openssl` program, in this federation's folder.
    fileprivate func openssl(_ arguments: String) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }
}
