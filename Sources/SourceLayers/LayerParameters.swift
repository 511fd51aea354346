package import Arithmetic
package import Paillier
package import Shares
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
}

/// A party in a layer.
package protocol LayerMember {
    var party: Party { get }
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

extension Matrix {
    /// - Throws: `SharesError.shape` for any other shape.
    package func requireShape(rows: Int, columns: Int) throws(SharesError) {
        guard self.rows == rows, self.columns == columns else {
            throw .shape(expected: [rows, columns], found: [self.rows, self.columns])
        }
    }
}
