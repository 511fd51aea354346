import Cryptography
import Foundation
import Glibc
import Testing

extension System {
    /// Files, certificates and callers that are not as they should be: each is told so in words that help.
    @Suite struct BadInput {
        @Test func cellsAndColumns() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                func check(_ change: (inout Sheet) -> Void, _ facts: [String]) async throws {
                    try federation.edit("shop", change)
                    let outcome = try await federation.run("colonnade-party", "check", "shop/party.yaml")
                    #expect(outcome.status == 65, "\(outcome.output)\(outcome.errors)")
                    for fact in facts + ["data.csv"] { #expect(outcome.errors.contains(fact), "\(outcome.errors)") }
                }
                try await check({ $0["spend", 3] = "much" }, ["line 5", "spend", "number"])
                try await check({ $0["spend", 4] = "nan" }, ["line 6", "spend"])
                try await check({ $0["visits", 5] = "inf" }, ["line 7", "visits"])
                try await check({ $0.rename("id", to: "customer") }, ["id", "customer"])
                try await check({ $0.rows.append($0.rows[7]) }, ["9", "\(federation.rows(of: "shop") + 2)"])
            }
        }

        @Test func duplicateIDsAreRefusedBeforeAnythingIsSent() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try federation.edit("shop") { $0.rows.append($0.rows[7]) }
                _ = try await federation.serve()
                let outcome = try await federation.run("colonnade", "run", "job.yaml")
                #expect(outcome.status == 65)
                #expect(outcome.errors.contains("shop") && outcome.errors.contains("line"), "\(outcome.errors)")
                #expect(federation.transcripts().isEmpty)
            }
        }

        @Test func aMissingColumn() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                _ = try await federation.serve()
                let outcome = try await federation.run(
                    "colonnade", "run", "job.yaml", "--set", "columns={shop: [visits, weight]}")
                #expect(outcome.status == 65)
                for fact in ["shop", "weight", "visits"] { #expect(outcome.errors.contains(fact), "\(outcome.errors)") }
                let label = try await federation.run("colonnade", "run", "job.yaml", "--set", "label=churn")
                #expect(
                    label.status != 0 && label.errors.contains("bank") && label.errors.contains("churn"),
                    "\(label.errors)")
            }
        }

        @Test func noCommonIDs() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try federation.edit("shop") { sheet in
                    for row in sheet.rows.indices { sheet["id", row] = "other-\(row)" }
                }
                _ = try await federation.serve()
                let outcome = try await federation.run("colonnade", "run", "job.yaml")
                #expect(outcome.status == 1)
                #expect(outcome.lastError.contains("empty-intersection"), "\(outcome.errors)")
            }
        }

        @Test func labelsOfOneClass() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try federation.edit("bank") { sheet in for row in sheet.rows.indices { sheet["default", row] = "0" } }
                _ = try await federation.serve()
                let outcome = try await federation.run("colonnade", "run", "job.yaml")
                #expect(outcome.status == 65)
                for fact in ["bank", "default"] { #expect(outcome.errors.contains(fact), "\(outcome.errors)") }
            }
        }

        @Test func certificates() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                func replace(_ identity: Identity) throws {
                    for file in ["certificate.pem", "key.pem"] { unlink(federation.path("shop/\(file)")) }
                    try identity.save(
                        certificatePath: federation.path("shop/certificate.pem"),
                        keyPath: federation.path("shop/key.pem"))
                }
                func pin() async throws {
                    let address = federation.address(of: "shop")
                    _ = try await federation.run(
                        "colonnade-party", "trust", "bank", "shop/certificate.pem", "--address", address)
                    _ = try await federation.run(
                        "colonnade", "trust", "coordinator", "shop/certificate.pem", "--address", address)
                }
                _ = try await federation.serve("bank")

                // Nobody pinned this one: it is somebody else's.
                try replace(Identity.make(name: "shop", host: nil))
                var shop = try await federation.serve("shop")
                let unpinned = try await federation.run("colonnade", "run", "job.yaml")
                #expect(unpinned.status == 1)
                #expect(
                    unpinned.errors.contains("shop") && unpinned.errors.contains("certificate"), "\(unpinned.errors)")
                shop.end()

                // Pinned by everybody, but its time is over.
                let day = 86_400
                try replace(Identity.make(name: "shop", host: nil, validFrom: Int(time(nil)) - 10 * day, validFor: day))
                try await pin()
                shop = try await federation.serve("shop")
                let expired = try await federation.run("colonnade", "run", "job.yaml")
                #expect(expired.status == 1)
                #expect(expired.errors.contains("shop") && expired.errors.contains("expired"), "\(expired.errors)")
                shop.end()

                // Made out to another name.
                try replace(Identity.make(name: "phone", host: nil))
                let foreign = try await federation.run("colonnade-party", "serve", "shop/party.yaml")
                #expect(foreign.status != 0)
                #expect(foreign.errors.contains("certificate") && foreign.errors.contains("shop"), "\(foreign.errors)")
            }
        }

        @Test func strangersAtTheDoor() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                let bank = try await federation.serve("bank")
                try speakPlainly(to: federation.ports["bank"] ?? 0)
                try await bank.says("turned away", within: 15)
                #expect(bank.isRunning)
                let second = try await federation.run("colonnade-party", "serve", "bank/party.yaml")
                #expect(second.status == 69)
                #expect(
                    second.errors.contains("locked") || second.errors.contains("uses this port"), "\(second.errors)")

                // Another organisation at the same address.
                try federation.describe("shop")
                let yaml = try String(contentsOfFile: federation.path("shop/party.yaml"), encoding: .utf8)
                try federation.write(
                    yaml.replacingOccurrences(
                        of: "port: \(federation.ports["shop"] ?? 0)", with: "port: \(federation.ports["bank"] ?? 0)"),
                    to: "shop/party.yaml")
                let taken = try await federation.run("colonnade-party", "serve", "shop/party.yaml")
                #expect(taken.status == 69)
                #expect(taken.errors.contains("uses this port"), "\(taken.errors)")
            }
        }
    }
}

/// Connects without TLS and says something else.
private func speakPlainly(to port: Int) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    let isConnected = withUnsafePointer(to: &address) { address in
        address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
    try #require(isConnected)
    let words = Array("GET / HTTP/1.1\r\nHost: example\r\n\r\n".utf8)
    try #require(write(descriptor, words, words.count) == words.count)
    sleep(1)
}

extension Federation {
    /// Rows of a party's file.
    func rows(of party: String) -> Int { Customers.known(to: party).count }
}
