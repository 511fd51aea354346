import Glibc

/// `output[i] = transform(input[i])`; output may be input.
@inline(__always)
func map(_ input: Floats, into output: MutableFloats, _ transform: (Float) -> Float) {
    precondition(input.count == output.count, "a kernel's buffers have one size")
    for index in 0..<output.count { output[index] = transform(input[index]) }
}

/// `output[i] = combine(left[i], right[i])`; output may be either.
@inline(__always)
func zip(_ left: Floats, _ right: Floats, into output: MutableFloats, _ combine: (Float, Float) -> Float) {
    precondition(left.count == output.count && right.count == output.count, "a kernel's buffers have one size")
    for index in 0..<output.count { output[index] = combine(left[index], right[index]) }
}

/// Combines each row of `rows` with the one `row`; output may be `rows`.
@inline(__always)
func zipRows(_ rows: Floats, _ row: Floats, into output: MutableFloats, _ combine: (Float, Float) -> Float) {
    precondition(rows.count == output.count && rows.count % row.count == 0, "whole rows")
    for start in stride(from: 0, to: output.count, by: row.count) {
        for column in 0..<row.count { output[start + column] = combine(rows[start + column], row[column]) }
    }
}

@inline(__always)
func rectified(_ x: Float) -> Float { x > 0 ? x : 0 }

/// By `exp(-|x|)`, which never overflows.
@inline(__always)
func logistic(_ x: Float) -> Float {
    let tail = exp(-abs(x))
    return (x >= 0 ? 1 : tail) / (1 + tail)
}

@inline(__always)
func hyperbolicTangent(_ x: Float) -> Float { tanh(x) }

@inline(__always)
func exponential(_ x: Float) -> Float { exp(x) }

/// GELU, `x Φ(x)`; by `erfc`, which keeps its digits in the left tail.
@inline(__always)
func gaussianLinear(_ x: Float) -> Float { 0.5 * x * erfc(-x * 0.70710678) }

/// `Φ(x) + x φ(x)`.
@inline(__always)
func gaussianLinearDerivative(_ x: Float) -> Float {
    0.5 * erfc(-x * 0.70710678) + x * 0.39894228 * exp(-0.5 * x * x)
}

/// `log(1 + exp(logit)) - target logit`, by `exp(-|logit|)`.
@inline(__always)
func logisticLoss(_ logit: Float, _ target: Float) -> Float {
    // Both terms in parentheses are exact for a target of 0 or 1, so that a small loss keeps its digits.
    (max(logit, 0) - target * logit) + log1p(exp(-abs(logit)))
}

/// `exp(logRate) - count logRate`.
@inline(__always)
func poissonLoss(_ logRate: Float, _ count: Float) -> Float { exp(logRate) - count * logRate }
