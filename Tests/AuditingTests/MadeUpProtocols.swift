/// What the made-up job's parties send each other: the texts of its specifications.
enum MadeUpProtocols {
    static let all = [hello, exchange, open, exchangeOfKeys, layer, seal]

    static let hello = """
        protocol: hello
        version: 1
        summary: Everybody announces its transcript key.
        source: made up for these tests
        roles: {label: the label party, feature: each feature party}
        learns: {label: keys, feature: keys}
        phases: {greet: [[H1]]}
        messages:
          H1: {from: each, to: others, kind: control, shape: "96", bytes: "96", carries: key and endorsement, leaks: nothing}
        """

    static let exchange = """
        protocol: exchange
        version: 1
        summary: Sizes first, then rounds of two crossing frames and an answer.
        source: made up for these tests
        roles: {label: the label party, feature: each feature party}
        learns: {label: rows, feature: nothing}
        dimensions: {rows: rows of the batch, columns: columns of a party, weight-version: updates before the session}
        phases:
          setup: [[S0]]
          train: [[F1, F2], [F3]]
        updates: [train]
        messages:
          S0: {from: feature, to: label, kind: shape, shape: "1", bytes: "8", defines: count, carries: n, leaks: n}
          F1: {from: feature, to: label, kind: ciphertext, key: label, subject: sender, weights: before, shape: rows x 1,
               scale: 40, slot-bits: "218", slots: "14", bytes: rows * 16, carries: "[[x]]", leaks: nothing}
          F2: {from: label, to: feature, kind: masked-share, shape: "columns[feature] x 1", bytes: "columns[feature] * 8",
               carries: z, leaks: nothing}
          F3: {from: feature, to: label, kind: tag, weights: after, shape: "count[feature]", bytes: "at most count[feature] * 2",
               carries: t, leaks: nothing}
        """

    static let open = """
        protocol: open
        version: 1
        summary: Plain numbers, for comparison.
        source: made up for these tests
        roles: {label: the label party, feature: each feature party}
        learns: {label: everything, feature: nothing}
        phases: {compare: [[P1]]}
        messages:
          P1: {from: feature, to: label, kind: plain, shape: "2", bytes: "16", carries: x, leaks: x}
        """

    static let exchangeOfKeys = """
        protocol: keys
        version: 1
        summary: Keys with their proofs.
        source: made up for these tests
        roles: {label: the label party, feature: each feature party}
        learns: {label: keys, feature: keys}
        phases: {keys: [[K1, K2], [K3, K4]]}
        messages:
          K1: {from: label, to: feature, kind: public-key, shape: "1", bytes: "256", carries: n, leaks: nothing}
          K2: {from: feature, to: label, kind: public-key, shape: "1", bytes: "256", carries: n, leaks: nothing}
          K3: {from: label, to: feature, kind: proof, shape: "8", bytes: "2048", carries: roots, leaks: nothing}
          K4: {from: feature, to: label, kind: proof, shape: "8", bytes: "2048", carries: roots, leaks: nothing}
        """

    static let layer = """
        protocol: layer
        version: 1
        summary: Ciphertexts there and back, and a share.
        source: made up for these tests
        roles: {label: the label party, feature: each feature party}
        learns: {label: nothing, feature: nothing}
        dimensions: {rows: rows of the batch, ciphertext-bytes: bytes of a ciphertext}
        phases:
          layer: [[C1], [C2], [C3]]
          listed-layer: [[L1], [C1], [C2], [C3]]
        messages:
          L1: {from: feature, to: label, kind: row-list, shape: "2", bytes: "8", carries: rows, leaks: rows}
          C1: {from: label, to: feature, kind: ciphertext, key: label, shape: rows, bytes: rows * ciphertext-bytes,
               carries: "[[dZ]]", leaks: nothing}
          C2: {from: feature, to: label, kind: ciphertext, key: label, shape: rows, bytes: rows * ciphertext-bytes,
               carries: "[[x]]", leaks: nothing}
          C3: {from: feature, to: label, kind: masked-share, shape: rows, bytes: rows * 8, carries: z, leaks: nothing}
        """

    static let seal = """
        protocol: seal
        version: 1
        summary: Heads are signed and counter-signed.
        source: made up for these tests
        roles: {label: the label party, feature: each feature party}
        learns: {label: heads, feature: heads}
        phases: {seal: [[S1], [S2]]}
        messages:
          S1: {from: each, to: others, kind: signature, shape: "104", bytes: "104", carries: head, leaks: nothing}
          S2: {from: each, to: others, kind: signature, shape: "64", bytes: "64", carries: signature, leaks: nothing}
        """
}
