import Tensors

/// A function at one point, for the checks that every operation has to pass.
struct OperationCase: Sendable, CustomStringConvertible {
    let name: String
    let inputs: [Tensor]
    let indices: [IndexTensor]
    let build: Build

    init(_ name: String, _ inputs: [Tensor], _ indices: [IndexTensor] = [], _ build: @escaping Build) {
        (self.name, self.inputs, self.indices, self.build) = (name, inputs, indices, build)
    }

    var description: String { "\(name) \(inputs.map(\.shape))" }

    /// Random weights for the output: every gradient is checked along a direction that nothing singles out.
    static func weights(_ shape: Shape) -> Tensor {
        var numbers = Numbers(77)
        return numbers.tensor(shape)
    }

    static let all = products + elementwise + rowWise + losses + tables + columns

    /// One element, one row, one column, lengths around those of vector registers.
    private static let shapes: [Shape] = [[1, 1], [1, 7], [6, 1], [3, 8], [5, 19], [2, 3, 4], [9], .scalar]

    private static func random(_ shapes: Shape..., bound: Float = 2) -> [Tensor] {
        var numbers = Numbers(UInt64(shapes.map(\.count).reduce(1, +)))
        return shapes.map { numbers.tensor($0, bound) }
    }

    private static let products: [OperationCase] =
        [(1, 1, 1), (1, 5, 3), (4, 1, 2), (3, 6, 1), (7, 9, 8)].flatMap {
            (rows, inner, columns) -> [OperationCase] in
            [
                OperationCase("matmul", random([rows, inner], [inner, columns])) { graph, x, _ in
                    graph.matmul(x[0], x[1])
                },
                OperationCase("matmul transposed right", random([rows, inner], [columns, inner])) { graph, x, _ in
                    graph.matmul(x[0], transposed: x[1])
                },
                OperationCase("matmul transposed left", random([inner, rows], [inner, columns])) { graph, x, _ in
                    graph.matmul(transposed: x[0], x[1])
                },
            ]
        } + [
            OperationCase("matmul of batches", random([2, 3, 4], [4, 5])) { graph, x, _ in graph.matmul(x[0], x[1]) },
            OperationCase("matmul by batches", random([3, 6], [2, 3, 4])) { graph, x, _ in graph.matmul(x[0], x[1]) },
            OperationCase("matmul of scalars", random(.scalar, .scalar)) { graph, x, _ in graph.matmul(x[0], x[1]) },
            OperationCase("matmul transposed batches", random([2, 3, 4], [2, 3, 5])) { graph, x, _ in
                graph.matmul(transposed: x[0], x[1])
            },
            OperationCase("matmul by itself", random([4, 4])) { graph, x, _ in graph.matmul(x[0], x[0]) },
        ]

    private static let elementwise: [OperationCase] = shapes.flatMap { shape -> [OperationCase] in
        // ReLU has no derivative at 0.
        let apart = random(shape).map { Tensor($0.shape, $0.elements.map { $0 + ($0 < 0 ? -0.25 : 0.25) }) }
        return [
            OperationCase("add", random(shape, shape)) { graph, x, _ in graph.add(x[0], x[1]) },
            OperationCase("subtract", random(shape, shape)) { graph, x, _ in graph.subtract(x[0], x[1]) },
            OperationCase("multiply", random(shape, shape)) { graph, x, _ in graph.multiply(x[0], x[1]) },
            OperationCase("multiply by itself", random(shape)) { graph, x, _ in graph.multiply(x[0], x[0]) },
            OperationCase("scale", random(shape)) { graph, x, _ in graph.scale(x[0], by: -1.5) },
            OperationCase("relu", apart) { graph, x, _ in graph.relu(x[0]) },
            OperationCase("gelu", random(shape)) { graph, x, _ in graph.gelu(x[0]) },
            OperationCase("sigmoid", random(shape)) { graph, x, _ in graph.sigmoid(x[0]) },
            OperationCase("tanh", random(shape)) { graph, x, _ in graph.tanh(x[0]) },
            OperationCase("exp", random(shape)) { graph, x, _ in graph.exp(x[0]) },
            OperationCase("square", random(shape)) { graph, x, _ in graph.square(x[0]) },
            OperationCase("sum", random(shape)) { graph, x, _ in graph.sum(x[0]) },
            OperationCase("mean", random(shape)) { graph, x, _ in graph.mean(x[0]) },
            OperationCase("broadcast", random(.scalar)) { graph, x, _ in graph.broadcast(x[0], to: shape) },
            OperationCase("reshape", random(shape)) { graph, x, _ in graph.reshape(x[0], to: [shape.count, 1]) },
            OperationCase("dropout", random(shape), [IndexTensor(.scalar, [3])]) { graph, x, step in
                graph.dropout(x[0], step: step[0], rate: 0.4, seed: 9, layer: 1)
            },
        ]
    }

    private static let rowWise: [OperationCase] =
        shapes.flatMap { shape -> [OperationCase] in
            let row: Shape = [shape.columns]
            // At the usual epsilon, all-equal rows are so steep that differences say nothing.
            return [random(shape), [Tensor(shape, repeating: 1.5)]].flatMap { (x: [Tensor]) -> [OperationCase] in
                [
                    OperationCase("softmax", x) { graph, x, _ in graph.softmax(x[0]) },
                    OperationCase("normalizeRows", x) { graph, x, _ in graph.normalizeRows(x[0], epsilon: 0.5) },
                    OperationCase("layerNorm", x + random(row, row)) { graph, x, _ in
                        graph.layerNorm(x[0], gain: x[1], bias: x[2], epsilon: 0.5)
                    },
                ]
            } + [
                OperationCase("addRow", random(shape, row)) { graph, x, _ in graph.addRow(x[0], x[1]) },
                OperationCase("multiplyRow", random(shape, row)) { graph, x, _ in graph.multiplyRow(x[0], x[1]) },
                OperationCase("columnSums", random(shape)) { graph, x, _ in graph.columnSums(x[0]) },
                OperationCase("broadcast of a row", random(row)) { graph, x, _ in graph.broadcast(x[0], to: shape) },
            ]
        } + [
            OperationCase("addRow of a matrix", random([3, 4], [1, 4])) { graph, x, _ in graph.addRow(x[0], x[1]) }
        ]

    private static let losses: [OperationCase] = [(1, 1), (1, 5), (6, 1), (4, 9)].flatMap {
        (rows, columns) -> [OperationCase] in
        let labels = IndexTensor([rows], (0..<rows).map { Int32(($0 * 5 + 1) % columns) })
        let (one, same) = (random([rows, columns]), [Tensor([rows, columns], repeating: -1)])
        return [LossReduction.sum, .mean].flatMap { (reduction: LossReduction) -> [OperationCase] in
            [one, same].map { x in
                OperationCase("softmaxCrossEntropy \(reduction)", x, [labels]) { graph, x, labels in
                    graph.softmaxCrossEntropy(x[0], labels: labels[0], reduction: reduction)
                }
            } + [
                OperationCase("binaryCrossEntropy \(reduction)", random([rows, columns], [rows, columns])) {
                    graph, x, _ in graph.binaryCrossEntropy(x[0], targets: x[1], reduction: reduction)
                },
                OperationCase("squaredError \(reduction)", random([rows, columns], [rows, columns])) { graph, x, _ in
                    graph.squaredError(x[0], targets: x[1], reduction: reduction)
                },
                OperationCase("poissonLoss \(reduction)", random([rows, columns], [rows, columns])) { graph, x, _ in
                    graph.poissonLoss(logRates: x[0], counts: x[1], reduction: reduction)
                },
            ]
        }
    }

    private static let lookups: [(table: Shape, indices: IndexTensor)] = [
        ([1, 1], IndexTensor(.scalar, [0])), ([5, 1], IndexTensor([1], [4])),
        ([4, 3], IndexTensor([6], [2, 2, 0, 2, 3, 0])), ([4, 8], IndexTensor([2, 3], [1, 1, 1, 1, 1, 1])),
    ]

    private static let tables: [OperationCase] = lookups.flatMap { table, indices -> [OperationCase] in
        let rows = Shape(indices.shape.dimensions + [table.columns])
        return [
            OperationCase("gather", random(table), [indices]) { graph, x, rows in graph.gather(x[0], rows[0]) },
            OperationCase("scatterAdd", random(rows), [indices]) { graph, x, rows in
                graph.scatterAdd(x[0], rows[0], rows: table.rows)
            },
        ]
    }

    private static let columns: [OperationCase] = [
        OperationCase("concatenate one", random([3, 2])) { graph, x, _ in graph.concatenate(x) },
        OperationCase("concatenate", random([3, 2], [3, 1], [3, 9])) { graph, x, _ in graph.concatenate(x) },
        OperationCase("concatenate rows", random([4], [1])) { graph, x, _ in graph.concatenate(x) },
        OperationCase("concatenate twice", random([2, 3, 2])) { graph, x, _ in graph.concatenate([x[0], x[0]]) },
        OperationCase("slice", random([4, 7])) { graph, x, _ in graph.slice(x[0], columns: 2..<5) },
        OperationCase("slice all", random([1, 7])) { graph, x, _ in graph.slice(x[0], columns: 0..<7) },
        OperationCase("slice the last", random([2, 2, 3])) { graph, x, _ in graph.slice(x[0], columns: 2..<3) },
        OperationCase("pairwiseDots of two", random([1, 2, 1])) { graph, x, _ in graph.pairwiseDots(x[0]) },
        OperationCase("pairwiseDots", random([3, 5, 11])) { graph, x, _ in graph.pairwiseDots(x[0]) },
        OperationCase("pairwiseDots of equals", [Tensor([2, 4, 8], repeating: 0.5)]) { graph, x, _ in
            graph.pairwiseDots(x[0])
        },
    ]
}
