internal import Arithmetic
internal import Paillier
internal import SourceLayers
internal import Specification

// What the label party's role remembers between frames.

extension EmbedMatMulLabelParty {
    enum State {
        case fresh
        /// Waits for the copies of a partner, of which these have come.
        case collecting(LayerRound, partner: Int, [EmbedMatMulLink.CopyOfFeature: EncryptedCopy<Key.Cipher>])
        case ready
        /// Waits for L1 of the parties whose list is not yet here.
        case listing(Start)
        /// Waits for L4 of the partner.
        case rows(Start)
        /// Waits for E1 of every party.
        case lookup(Batch, z: Matrix<Int128>)
        /// Waits for E3, then E5 if this layer opens Z, of every party; `z` is the sum of what has come.
        case product(Batch, z: Matrix<Int128>, received: Int)
        /// Waits for the derivative.
        case opened(Batch)
        /// Waits for G2 to G4 of a partner, of which these have come.
        case gradient(Backward, partner: Int, [Matrix<Integer>])
    }

    /// The label party's own part of a batch, where it has fields.
    struct OwnBatch {
        let lookups: LookedUpRows
        /// Its share of its own embedded rows.
        let rows: Matrix<Int128>
    }

    /// A batch before its rows are looked up.
    struct Start {
        let round: LayerRound
        let phase: LayerPhase
        /// None without fields.
        let lookups: LookedUpRows?
        /// Where not all rows of their tables take part, those that the feature parties have listed, as far as they have come.
        var lists: [RowListing] = []
    }

    struct Batch {
        let start: Start
        var round: LayerRound { start.round }
        var phase: LayerPhase { start.phase }
        let own: OwnBatch?
        /// Its shares of the feature parties' embedded rows, as far as they have come.
        var features: [Matrix<Int128>] = []
    }

    struct Backward {
        let batch: Batch
        let dZ: Matrix<Int64>
        let multiplier: Integer
        /// Its share of the gradient of its own table.
        var ownTable: Matrix<Integer>?
    }

    /// A feature party.
    struct Partner {
        let link: EmbedMatMulLink
        let cipher: Key.Cipher
        /// Its shares under its key: [[U_p]], and of the partner [[V_B]] below it.
        var weights: EncryptedCopy<Key.Cipher>?
        var party: Party { link.feature.party }
    }

    /// The shares of the label party's own table and weights under the partner's key.
    struct OwnCopies {
        /// Nothing where its rows come with each round.
        var table: EncryptedCopy<Key.Cipher>?
        /// [[V_B]], field by field transposed.
        var transposedWeights: EncryptedCopy<Key.Cipher>
    }
}
