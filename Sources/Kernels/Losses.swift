import Glibc

/// The logistic loss of one logit a row: `log(1 + e^z) - t z`. A row's bits do not depend on `rows`.
public enum LogisticLoss {
    /// - Parameters:
    ///   - logits: z, one for each row.
    ///   - targets: t, 0 or 1, or a probability.
    ///   - losses: one for each row.
    public static func forward(
        _ logits: InputSlice, targets: InputSlice, into losses: OutputSlice, rows: Range<Int>
    ) {
        for row in rows {
            let logit = logits[row]
            // By e^-|z|, which never overflows.
            losses[row] = (max(logit, 0) - targets[row] * logit) + log1p(exp(-abs(logit)))
        }
    }

    /// The gradient of the logits: `factor (s(z) - t)`.
    ///
    /// - Parameters:
    ///   - factor: the gradient of each row's loss: one over the batch's rows for their mean.
    ///   - logitGradient: one for each row; may be logits.
    public static func backward(
        _ logits: InputSlice, targets: InputSlice, factor: Float, into logitGradient: OutputSlice, rows: Range<Int>
    ) {
        for row in rows {
            let tail = exp(-abs(logits[row]))
            let probability = (logits[row] >= 0 ? 1 : tail) / (1 + tail)
            logitGradient[row] = factor * (probability - targets[row])
        }
    }
}

/// The cross-entropy of a softmax over a vocabulary with one label a row: `log Σ e^z - z[label]`.
///
/// A negative label is none: its loss and gradient are 0. A row's bits do not depend on `rows`. Pointers are to row 0.
public struct SoftmaxCrossEntropy: Sendable {
    /// Logits of a row.
    public let classes: Int

    /// - Parameters:
    ///   - classes: logits of a row, above 0.
    public init(classes: Int) {
        precondition(classes > 0, "a vocabulary has words")
        self.classes = classes
    }

    /// - Parameters:
    ///   - logits: rows x classes.
    ///   - labels: one for each row, below classes; traps on others.
    ///   - losses: one for each row.
    ///   - logSums: `log Σ e^z` of each row, for the way back.
    public func forward(
        _ logits: InputSlice, labels: IndexSlice, into losses: OutputSlice, logSums: OutputSlice, rows: Range<Int>
    ) {
        for row in rows {
            let z = logits + row * classes
            var sum: Float = 0
            let largest = vectorKernels.sum_exponentials(z, classes, &sum)
            logSums[row] = largest + log(sum)
            // The difference first: a small loss keeps its digits.
            losses[row] = label(labels[row]).map { (largest - z[$0]) + log(sum) } ?? 0
        }
    }

    /// The gradient of the logits: `factor (softmax(z) - [label])`.
    ///
    /// - Parameters:
    ///   - factor: the gradient of each row's loss.
    ///   - logSums: as `forward` left them.
    ///   - logitGradient: rows x classes; may be logits.
    public func backward(
        _ logits: InputSlice, labels: IndexSlice, logSums: InputSlice, factor: Float,
        into logitGradient: OutputSlice, rows: Range<Int>
    ) {
        for row in rows {
            let target = logitGradient + row * classes
            if let label = label(labels[row]) {
                vectorKernels.softmax(logits + row * classes, classes, logSums[row], factor, target)
                target[label] -= factor
            } else {
                target.update(repeating: 0, count: classes)
            }
        }
    }

    private func label(_ label: Int32) -> Int? {
        precondition(Int(label) < classes, "a label is a word of the vocabulary")
        return label < 0 ? nil : Int(label)
    }
}
