internal import CVole
package import Cryptography

/// Trees of seeds, one for each block of the vector: the sender knows all leaves, the receiver all but the one at its noisy entry,
/// where it gets the leaf + D y.
///
/// The children of a seed s are AES(k0, s) + s and AES(k1, s) + s under two public keys. Nodes without an entry below them are not
/// made. For each level the sender gives the sum of all left and that of all right children, each under a key of one transfer; the
/// receiver chose the key of the side where its path does not go on, and finds its path's sibling there.
///
/// - Source: O. Goldreich, S. Goldwasser, S. Micali, *How to construct random functions*, JACM 1986; punctured as in E. Boyle and
///   others, *Efficient two-round OT extension and silent non-interactive secure computation*, CCS 2019. Seeds from a fixed-key cipher:
///   C. Guo, J. Katz, X. Wang, Y. Yu, *Efficient and secure multiparty computation from fixed-key block ciphers*, S&P 2020.
package struct SeedTrees: Sendable {
    private let parameters: VoleParameters
    private let path: VolePath
    private static let keys = PublicKeys("colonnade/align/tree-left/v1", "colonnade/align/tree-right/v1")

    package init(_ parameters: VoleParameters, path: VolePath = .fastest) {
        (self.parameters, self.path) = (parameters, path)
    }

    /// The sender's leaves, an element for each entry, and its message but for the shares that ``add(_:to:)`` adds: for each tree the
    /// masked sums of each level, left before right, and then that of all leaves.
    ///
    /// - Parameters:
    ///   - roots: An element for each tree.
    ///   - keys: Both keys of each transfer: a tree's levels from the root on, tree by tree.
    package func grow(
        roots: SecretWords, keys: [(SecretBytes, SecretBytes)]
    ) -> (leaves: SecretWords, message: [UInt8]) {
        let leaves = SecretWords(elements: parameters.length)
        let messages = inParallel(count: VoleParameters.blocks) { tree in
            withTree(tree, of: leaves) { nodes in
                var message = [UInt8](repeating: 0, count: parameters.treeByteCount)
                message.withUnsafeMutableBytes { message in
                    var all = roots[element: tree]
                    (nodes[0], nodes[1]) = (all.low, all.high)
                    for depth in stride(from: 1, through: parameters.levels, by: 1) {
                        let (left, right) = makeLevel(depth, of: tree, nodes)
                        let (leftKey, rightKey) = keys[tree * parameters.levels + depth - 1]
                        message.store(left + leftKey.element, at: 32 * (depth - 1))
                        message.store(right + rightKey.element, at: 32 * (depth - 1) + 16)
                        all = left + right
                    }
                    message.store(all, at: 32 * parameters.levels)
                }
                return message
            }
        }
        return (leaves, messages.flatMap(\.self))
    }

    /// Adds the sender's shares of D y to the sums of all leaves: only then may its message be sent.
    ///
    /// - Parameter shares: The sender's ``NoiseShares``.
    package func add(_ shares: SecretWords, to message: inout [UInt8]) {
        message.withUnsafeMutableBytes { message in
            for tree in 0..<VoleParameters.blocks {
                let place = tree * parameters.treeByteCount + 32 * parameters.levels
                message.store(UnsafeRawBufferPointer(message).element(at: place) + shares[element: tree], at: place)
            }
        }
    }

    /// The receiver's leaves: the sender's, and + D y at each tree's noisy entry.
    ///
    /// - Parameters:
    ///   - message: What ``grow(roots:keys:)`` and ``add(_:to:)`` gave.
    ///   - places: The index of each tree's noisy entry within its block.
    ///   - shares: The receiver's ``NoiseShares``.
    ///   - keys: The chosen key of each transfer.
    package func regrow(
        _ message: [UInt8], places: SecretWords, shares: SecretWords, keys: [SecretBytes]
    ) -> SecretWords {
        let leaves = SecretWords(elements: parameters.length)
        _ = inParallel(count: VoleParameters.blocks) { tree in
            withTree(tree, of: leaves) { nodes in
                message.withUnsafeBytes { message in
                    let part = tree * parameters.treeByteCount
                    // The node on the path is not known. It holds something arbitrary, and so do its children: the sum of a side
                    // differs from the sender's by what is wrong with the sibling there, which is then put right.
                    var all = BinaryElement()
                    for depth in stride(from: 1, through: parameters.levels, by: 1) {
                        let (left, right) = makeLevel(depth, of: tree, nodes)
                        let step = places[tree] >> UInt64(parameters.levels - depth)
                        let goesRight = cv_mask(step & 1)
                        let at = part + 32 * (depth - 1)
                        let given = select(message.element(at: at), message.element(at: at + 16), goesRight)
                        let key = keys[tree * parameters.levels + depth - 1].element
                        let wrong = given + key + select(left, right, goesRight)
                        add(wrong, to: nodes, at: step ^ 1, count: parameters.nodes(depth: depth, block: tree))
                        all = left + right + wrong
                    }
                    let sum = message.element(at: part + 32 * parameters.levels) + shares[element: tree]
                    add(sum + all, to: nodes, at: places[tree], count: parameters.block(tree).count)
                }
            }
        }
        return leaves
    }

    /// What belongs to the side where a path does not go on.
    private func select(_ left: BinaryElement, _ right: BinaryElement, _ goesRight: UInt64) -> BinaryElement {
        left.masked(goesRight) + right.masked(~goesRight)
    }

    /// Lends the part of the leaves that is a tree's, in which it grows.
    private func withTree<Result>(
        _ tree: Int, of leaves: SecretWords, _ body: (UnsafeMutablePointer<UInt64>) -> Result
    ) -> Result {
        leaves.withUnsafeWords { words in
            guard let start = words.baseAddress else { preconditionFailure("there are always leaves") }
            return body(start + 2 * parameters.block(tree).lowerBound)
        }
    }

    /// Makes a level of the one above.
    /// - Returns: The sums of its left and of its right nodes.
    private func makeLevel(
        _ depth: Int, of tree: Int, _ nodes: UnsafeMutablePointer<UInt64>
    ) -> (left: BinaryElement, right: BinaryElement) {
        let parents = parameters.nodes(depth: depth - 1, block: tree)
        let count = parameters.nodes(depth: depth, block: tree)
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 4) { sums in
            guard let start = sums.baseAddress else { preconditionFailure("there are four words") }
            path.kernels.grow(nodes, parents, count, Self.keys.schedules, start)
            return (BinaryElement(low: sums[0], high: sums[1]), BinaryElement(low: sums[2], high: sums[3]))
        }
    }

    /// Adds to the node at a secret index, or to none if the index is beyond the end.
    private func add(
        _ element: BinaryElement, to nodes: UnsafeMutablePointer<UInt64>, at index: UInt64, count: Int
    ) {
        withUnsafePointer(to: (element.low, element.high)) {
            $0.withMemoryRebound(to: UInt64.self, capacity: 2) { cv_add_at(nodes, 2, count, index, $0) }
        }
    }
}

extension SecretBytes {
    /// The first 16 bytes of a key, which mask one element.
    fileprivate var element: BinaryElement { withUnsafeBytes { $0.element(at: 0) } }
}
