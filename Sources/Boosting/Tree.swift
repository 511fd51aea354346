/// A binary tree: splits by the bin of one column, values at the leaves.
struct Tree: Sendable {
    private struct Node {
        /// Of a split; -1 at a leaf.
        var column = -1
        /// What goes to the left child.
        var left = BinSet()
        /// Index of the left child; the right one follows it.
        var child = 0
        /// Of a leaf.
        var value: Double
    }

    private var nodes: [Node]

    /// A leaf.
    init(value: Double) { nodes = [Node(value: value)] }

    /// Whether there is more than one leaf.
    var splits: Bool { nodes.count > 1 }

    /// Turns a leaf into a split with two leaves, and returns the left one's index.
    mutating func split(_ leaf: Int, column: Int, left: BinSet, values: (left: Double, right: Double)) -> Int {
        let child = nodes.count
        nodes[leaf] = Node(column: column, left: left, child: child, value: 0)
        nodes += [Node(value: values.left), Node(value: values.right)]
        return child
    }

    /// Adds to each row's score the value of its leaf.
    func add(_ table: BinnedTable, to scores: UnsafeMutableBufferPointer<Double>) {
        let rows = table.rows
        nodes.withUnsafeBufferPointer { nodes in
            table.bins.withUnsafeBufferPointer { bins in
                for row in 0..<rows {
                    var index = 0
                    while nodes[index].column >= 0 {
                        let bin = bins[nodes[index].column * rows + row]
                        index = nodes[index].child + (nodes[index].left.contains(bin) ? 0 : 1)
                    }
                    scores[row] += nodes[index].value
                }
            }
        }
    }
}
