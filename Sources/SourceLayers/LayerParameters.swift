package import Paillier
package import Specification

/// What the parameters of every source layer say: who takes part, under keys of which size, at which attempt.
package protocol LayerParameters {
    /// A party with the sizes of its part.
    associatedtype Member: LayerMember
    /// Who opens Z.
    var label: Member { get }
    /// In the job's order, which decides who adds and who subtracts a pair's mask.
    var features: [Member] { get }
    /// Bits of every party's Paillier modulus.
    var keyBits: Int { get }
    /// How many rows of its table or weights each party lists in every round; `nil` where all rows take part.
    var listed: [Party: Int]? { get }
    /// How many updates the weights have had before, at every party.
    var weightVersion: Int { get }
}

/// A party in a layer.
package protocol LayerMember {
    var party: Party { get }
    /// Rows of the table or weights of which it may list some.
    var allRows: Int { get }
}

extension LayerParameters {
    /// Who takes part, the label party first.
    package var members: [Member] { [label] + features }

    /// - Throws: ``SourceLayerError/missing(_:_:)``.
    package func feature(_ party: Party) throws(SourceLayerError) -> Member {
        guard let member = features.first(where: { $0.party == party }) else {
            throw .missing("place among the feature parties", party)
        }
        return member
    }

    /// - Throws: ``SourceLayerError/invalidParameters(_:)`` for parties that make no layer.
    package func checkParties() throws(SourceLayerError) {
        guard !features.isEmpty else { throw .invalidParameters("at least one feature party is needed") }
        guard Set(members.map(\.party)).count == members.count else {
            throw .invalidParameters("a party stands twice")
        }
    }

    /// Rows of a party's table or weights that a round computes with.
    package func updatedRows(_ member: Member) -> Int { listed?[member.party] ?? member.allRows }

    /// - Parameter owners: Who has rows to list.
    /// - Throws: ``SourceLayerError/invalidParameters(_:)`` for lists of other parties, or of sizes that cannot be.
    package func checkListed(by owners: [Member]) throws(SourceLayerError) {
        guard let listed else { return }
        guard Set(listed.keys) == Set(owners.map(\.party)) else {
            throw .invalidParameters("every party with rows lists some of them, or none does")
        }
        guard owners.allSatisfy({ (1...$0.allRows).contains(updatedRows($0)) }) else {
            throw .invalidParameters("a list has a row, and no more than there are")
        }
    }

    /// A party's own list for a round, as its job gives it.
    ///
    /// - Throws: ``SourceLayerError/invalidListing(_:)``, also where the layer has no lists or the job gives none.
    package func listing(_ rows: [Int]?, of member: Member) throws(SourceLayerError) -> RowListing? {
        guard (rows != nil) == (listed?[member.party] != nil) else {
            throw .invalidListing(rows == nil ? "none is given" : "this layer has none")
        }
        guard let rows else { return nil }
        return try RowListing(rows, count: updatedRows(member), of: member.allRows)
    }

    /// Holds a party's own shares to the version that all have agreed on.
    ///
    /// - Throws: ``SourceLayerError/weightVersion(of:expected:found:)``.
    package func check(version: Int, of party: Party) throws(SourceLayerError) {
        guard version == weightVersion else {
            throw .weightVersion(of: party, expected: weightVersion, found: version)
        }
    }

    /// - Throws: ``SourceLayerError/keySize(expected:found:)``.
    package func check(_ cipher: some AdditiveCipher) throws(SourceLayerError) {
        guard cipher.keyBits == keyBits else { throw .keySize(expected: keyBits, found: cipher.keyBits) }
    }

    /// A partner's public key, of the right size.
    ///
    /// - Throws: ``SourceLayerError``.
    package func key<Cipher: AdditiveCipher>(
        of party: Party, among keys: [Party: Cipher]
    ) throws(SourceLayerError) -> Cipher {
        guard let key = keys[party] else { throw .missing("public key", party) }
        try check(key)
        return key
    }
}
