internal import Coordination
public import Documents
public import Link
public import Specification

/// Whom a party or a coordinator knows: certificates it pinned, and where their owners are reached.
///
/// Kept in `partners.yaml`, which `trust` writes and a person may edit; paths in it are relative to its folder.
public struct PartnerList: Sendable {
    /// The file's name in its folder.
    public static let fileName = "partners.yaml"
    /// The name of the coordinator's certificate. No party may take it.
    public static let coordinatorName = ControlMessage.coordinatorName

    /// Where the file stands; certificates are named relative to it.
    public var folder: String
    /// Everybody but the coordinator.
    public var partners: [Party: Partner] = [:]
    /// The coordinator's certificate; without one, nobody can start a job here.
    public var coordinator: Partner?

    /// Pinned certificates of one owner, and where it is reached.
    public struct Partner: Sendable {
        /// Paths relative to the folder: one, or two while the owner renews its certificate, the newer one last.
        public var certificates: [String]
        /// `nil` where the partner is the one that connects.
        public var address: Address?

        /// A partner with its fields as they are.
        public init(certificates: [String], address: Address?) {
            self.certificates = certificates
            self.address = address
        }
    }

    /// Reads `folder/partners.yaml`; a file that is not there is an empty list.
    /// - Throws: `DocumentError` with file, line and field.
    public init(folder: String) throws(DocumentError) {
        self.folder = folder
        let path = folder + "/" + Self.fileName
        do { guard try StateFile.read(path) != nil else { return } } catch {
            throw DocumentError(file: path, problem: error.description)
        }
        var document = try Document(path: path)
        if var mapping = try document.optionalMapping("partners") {
            for name in mapping.names {
                guard let party = try? Party(name), name != Self.coordinatorName else {
                    throw mapping.error(name, "is not the name of a party")
                }
                partners[party] = try Partner(mapping.mapping(name))
            }
        }
        if let fields = try document.optionalMapping("coordinator") { coordinator = try Partner(fields) }
        try document.end()
    }

    /// The full paths of a partner's certificates.
    public func certificatePaths(_ partner: Partner) -> [String] {
        partner.certificates.map { $0.hasPrefix("/") ? $0 : folder + "/" + $0 }
    }

    /// Writes `partners.yaml` in its place, whole or not at all. Remarks that a person made in it are lost.
    /// - Throws: ``StateError/unwritable(path:problem:)``.
    public func save() throws(StateError) {
        func entry(_ partner: Partner) -> String {
            let address = partner.address.map { ", address: \"\($0)\"" } ?? ""
            let files = partner.certificates.map { "\"\($0)\"" }
            return "{certificate: \(files.count == 1 ? files[0] : "[\(files.joined(separator: ", "))]")\(address)}"
        }
        var text =
            "# Whom this process knows: pinned certificates, and where their owners are reached. Written by `trust`.\n"
        if !partners.isEmpty { text += "partners:\n" }
        for (party, partner) in partners.sorted(by: { $0.key < $1.key }) { text += "  \(party): \(entry(partner))\n" }
        if let coordinator { text += "coordinator: \(entry(coordinator))\n" }
        try StateFile.write(Array(text.utf8), to: folder + "/" + Self.fileName)
    }
}

extension PartnerList.Partner {
    fileprivate init(_ document: Document) throws(DocumentError) {
        var document = document
        certificates = try document.textOrTexts("certificate")
        guard (1...2).contains(certificates.count) else {
            throw document.error("certificate", "one file is expected, or two while the partner renews its certificate")
        }
        if let text = try document.optionalText("address") {
            guard let address = Address(text) else {
                throw document.error("address", "host:port is expected, not '\(text)'")
            }
            self.address = address
        }
        try document.end()
    }
}
