import Cryptography
import Specification
import Testing
import TLSLink

/// Two engines face to face, without a network between them.
private struct EnginePair: ~Copyable {
    var client: TLSEngine
    var server: TLSEngine
    var serverSees: Party?
    var clientSees: Party?

    /// - Parameter pins: What each side pins; by default the other.
    init(
        _ client: Organisation, _ server: Organisation, keyUpdateInterval: Int = 1 << 36,
        clientPins: [Organisation]? = nil, serverPins: [Organisation]? = nil
    ) throws {
        func pins(_ list: [Organisation]) -> [Party: [Certificate]] {
            Dictionary(uniqueKeysWithValues: list.map { ($0.party, [$0.identity.certificate]) })
        }
        let clientContext = try TLSContext(
            identity: client.identity, pins: pins(clientPins ?? [server]), expected: server.party)
        let serverContext = try TLSContext(identity: server.identity, pins: pins(serverPins ?? [client]), expected: nil)
        let clientEngine = try TLSEngine(context: clientContext, role: .client, keyUpdateInterval: keyUpdateInterval)
        let serverEngine = try TLSEngine(context: serverContext, role: .server, keyUpdateInterval: keyUpdateInterval)
        self.client = clientEngine
        self.server = serverEngine
    }

    /// Moves what waits on both sides; whether there was anything.
    mutating func exchange() throws -> Bool {
        let toServer = client.pending()
        let toClient = server.pending()
        try toServer.withUnsafeBytes { try server.receive($0) }
        try toClient.withUnsafeBytes { try client.receive($0) }
        return !toServer.isEmpty || !toClient.isEmpty
    }

    mutating func handshake() throws {
        repeat {
            if clientSees == nil { clientSees = try client.handshake() }
            if serverSees == nil { serverSees = try server.handshake() }
        } while try exchange()
    }
}

@Suite struct TLSEngineTests {
    private let airline, weather: Organisation

    init() throws {
        airline = try Organisation("airline")
        weather = try Organisation("weather")
    }

    private func drain(_ engine: inout TLSEngine) throws -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while case .bytes(let count) = try engine.read(into: &buffer) { all += buffer[..<count] }
        return all
    }

    @Test func eachSideLearnsWhoTheOtherIs() throws {
        var pair = try EnginePair(airline, weather)
        try pair.handshake()
        #expect(pair.clientSees == weather.party)
        #expect(pair.serverSees == airline.party)
    }

    @Test func exportersAgreeWithinAndDifferBetweenConnections() throws {
        var first = try EnginePair(airline, weather)
        var second = try EnginePair(airline, weather)
        try first.handshake()
        try second.handshake()
        let label = "EXPORTER-Channel-Binding"
        let binding = try first.client.exportKey(label: label, count: 32)
        #expect(try first.server.exportKey(label: label, count: 32) == binding)
        #expect(try first.client.exportKey(label: "EXPORTER-colonnade-test", count: 32) != binding)
        #expect(try second.client.exportKey(label: label, count: 32) != binding)
    }

    @Test func keysAreReplacedInTime() throws {
        var pair = try EnginePair(airline, weather, keyUpdateInterval: 10_000)
        try pair.handshake()
        var records = 0
        for round in 0..<40 {
            let message = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &+ round) }
            try pair.client.write(message[...])
            try pair.server.write(message[...])
            records = max(records, pair.client.pendingCiphertext)
            _ = try pair.exchange()
            #expect(try drain(&pair.server) == message)
            #expect(try drain(&pair.client) == message)
        }
        // A key update is a record of its own, 5 bytes of content, beside the one with the message.
        #expect(records == 5_000 + 22 + 5 + 22)
    }

    @Test func closingIsSeen() throws {
        var pair = try EnginePair(airline, weather)
        try pair.handshake()
        try pair.client.write([1, 2, 3])
        pair.client.close()
        _ = try pair.exchange()
        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(try pair.server.read(into: &buffer) == .bytes(3))
        #expect(try pair.server.read(into: &buffer) == .ended)
    }

    /// RFC 8446 section 2: the client's handshake is complete before the server has looked at its certificate.
    @Test func aClientLearnsLateThatItIsRefused() throws {
        let stranger = try Organisation("airline")
        var pair = try EnginePair(stranger, weather, serverPins: [airline])
        let expected = TLSFailure.unknownCertificate(
            fingerprint: stranger.identity.certificate.fingerprint.hexadecimal, expected: nil)
        #expect(throws: expected) { try pair.handshake() }
        #expect(pair.clientSees == weather.party)
        _ = try pair.exchange()
        var buffer = [UInt8](repeating: 0, count: 16)
        let fingerprint = stranger.identity.certificate.fingerprint.hexadecimal
        #expect(throws: TLSFailure.refusedByPeer(alert: 48, ownFingerprint: fingerprint)) {
            try pair.client.read(into: &buffer)
        }
    }

    @Test func aPinnedPartyIsNotTakenForAnother() throws {
        let airport = try Organisation("airport")
        // Airport's door, where weather's was expected.
        let context = try TLSContext(
            identity: airline.identity,
            pins: [weather.party: [weather.identity.certificate], airport.party: [airport.identity.certificate]],
            expected: weather.party)
        var client = try TLSEngine(context: context, role: .client)
        let serverContext = try TLSContext(
            identity: airport.identity, pins: [airline.party: [airline.identity.certificate]], expected: nil)
        var server = try TLSEngine(context: serverContext, role: .server)
        #expect(throws: TLSFailure.wrongName(expected: weather.party, presented: "airport")) {
            _ = try client.handshake()
            try client.pending().withUnsafeBytes { try server.receive($0) }
            _ = try server.handshake()
            try server.pending().withUnsafeBytes { try client.receive($0) }
            _ = try client.handshake()
        }
    }

    @Test func aCertificateThatAPinnedPartySignedIsNotPinned() throws {
        // With weather's certificate as the only anchor, libcrypto alone might follow a chain to it.
        let impostor = try Organisation("weather", issuer: weather.identity)
        var pair = try EnginePair(airline, impostor, clientPins: [weather])
        #expect(throws: TLSFailure.self) { try pair.handshake() }
        #expect(pair.clientSees == nil)
    }

    @Test func aCertificateOfAnAuthorityCanBePinned() throws {
        let authority = try Organisation("authority")
        let member = try Organisation("weather", issuer: authority.identity)
        var pair = try EnginePair(airline, member)
        try pair.handshake()
        #expect(pair.clientSees == member.party && pair.serverSees == airline.party)
    }

    @Test(arguments: [
        Array("GET / HTTP/1.1\r\n\r\n".utf8), Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), [0x00],
        [0x17, 0x03, 0x03, 0x00, 0x01, 0x00],
    ])
    func whatIsNotTLSIsCalledThat(bytes: [UInt8]) throws {
        var pair = try EnginePair(airline, weather)
        #expect(throws: TLSFailure.notTLS) { try bytes.withUnsafeBytes { try pair.server.receive($0) } }
    }

    @Test func olderVersionsAreRefused() throws {
        var pair = try EnginePair(airline, weather)
        try clientHello12.withUnsafeBytes { try pair.server.receive($0) }
        #expect(throws: TLSFailure.olderTLS) { try pair.server.handshake() }
        // The alert says so: fatal, protocol_version (70).
        #expect(pair.server.pending() == [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 70])
    }

    @Test func aServerOfAnOlderVersionIsRefused() throws {
        var pair = try EnginePair(airline, weather)
        _ = try pair.client.handshake()
        try serverHello12.withUnsafeBytes { try pair.client.receive($0) }
        #expect(throws: TLSFailure.olderTLS) { try pair.client.handshake() }
    }

    @Test(arguments: 0..<64 as Range<UInt64>) func noSingleChangeOnTheWireGoesUnnoticed(seed: UInt64) throws {
        var pair = try EnginePair(airline, weather)
        try pair.handshake()
        try pair.client.write([UInt8](repeating: 7, count: 300)[...])
        var record = pair.client.pending()
        // Every byte of the record from its first to its last, in steps.
        record[Int(seed) * (record.count - 1) / 63] ^= 1 << UInt8(seed % 8)
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        do {
            try record.withUnsafeBytes { try pair.server.receive($0) }
            // A longer length in the header leaves the engine waiting; nothing is ever read from a changed record.
            #expect(try pair.server.read(into: &buffer) == .needsCiphertext)
        } catch let error as TLSFailure {
            #expect(error != .disconnected)
        }
    }
}

/// A TLS 1.2 client's first record (RFC 5246 section 7.4.1.2): no `supported_versions` extension, one cipher suite.
let clientHello12: [UInt8] = {
    let body: [UInt8] =
        [0x03, 0x03] + [UInt8](repeating: 0x5A, count: 32)  // version, random
        + [0x00]  // session id
        + [0x00, 0x02, 0xC0, 0x2B]  // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        + [0x01, 0x00]  // no compression
        + [0x00, 0x08, 0x00, 0x0A, 0x00, 0x04, 0x00, 0x02, 0x00, 0x1D]  // supported_groups: x25519
    return record(handshake: 1, body)
}()

/// A TLS 1.2 server's answer (RFC 5246 section 7.4.1.3).
let serverHello12: [UInt8] = record(
    handshake: 2, [0x03, 0x03] + [UInt8](repeating: 0xA5, count: 32) + [0x00, 0xC0, 0x2B, 0x00])

private func record(handshake type: UInt8, _ body: [UInt8]) -> [UInt8] {
    [0x16, 0x03, 0x01, 0x00, UInt8(body.count + 4), type, 0x00, 0x00, UInt8(body.count)] + body
}
