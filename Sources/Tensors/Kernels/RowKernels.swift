import Glibc

/// The sum of all elements, in an order that depends on their number alone, in double precision.
func sum(_ input: Floats) -> Double {
    var lanes = SIMD8<Double>()
    let whole = input.count & ~7
    for start in stride(from: 0, to: whole, by: 8) { lanes += SIMD8<Double>(eight(input, start)) }
    var total = lanes.sum()
    for index in whole..<input.count { total += Double(input[index]) }
    return total
}

/// `Σ left[i] right[i]`, in an order that depends on their number alone.
@inline(__always)
func dot(_ left: Floats, _ right: Floats) -> Float {
    var lanes = SIMD8<Float>()
    let whole = left.count & ~7
    for start in stride(from: 0, to: whole, by: 8) { lanes += eight(left, start) * eight(right, start) }
    var total = lanes.sum()
    for index in whole..<left.count { total += left[index] * right[index] }
    return total
}

@inline(__always)
private func eight(_ input: Floats, _ start: Int) -> SIMD8<Float> {
    // unsafe: callers stay eight elements short of the end; SIMD8 asks for more alignment than a row has
    UnsafeRawPointer(input.baseAddress! + start).loadUnaligned(as: SIMD8<Float>.self)
}

/// One row of a buffer of rows.
@inline(__always)
func row(_ input: Floats, _ row: Int, _ columns: Int) -> Floats {
    Floats(rebasing: input[row * columns..<(row + 1) * columns])
}

/// One row of a buffer of rows.
@inline(__always)
func row(_ output: MutableFloats, _ row: Int, _ columns: Int) -> MutableFloats {
    MutableFloats(rebasing: output[row * columns..<(row + 1) * columns])
}

/// `output[c] = Σ input[r, c]` over rows as long as output, from the first to the last, in double precision.
func sumRows(_ input: Floats, into output: MutableFloats) {
    let columns = output.count
    if columns == 1 {
        output[0] = Float(sum(input))
        return
    }
    // Eight columns at a time: the sums stay in registers, and each row gives a stretch of 32 bytes.
    let whole = columns & ~7
    for column in stride(from: 0, to: whole, by: 8) {
        var lanes = SIMD8<Double>()
        for start in stride(from: column, to: input.count, by: columns) { lanes += SIMD8<Double>(eight(input, start)) }
        for lane in 0..<8 { output[column + lane] = Float(lanes[lane]) }
    }
    for column in whole..<columns {
        var total = 0.0
        for start in stride(from: column, to: input.count, by: columns) { total += Double(input[start]) }
        output[column] = Float(total)
    }
}

/// Repeats input over and over until output is full.
func repeatRows(_ input: Floats, into output: MutableFloats) {
    if input.count == 1 {
        output.update(repeating: input[0])
        return
    }
    for start in stride(from: 0, to: output.count, by: input.count) {
        _ = MutableFloats(rebasing: output[start..<start + input.count]).update(fromContentsOf: input)
    }
}

/// `exp(x - max)` of a row, and the sum of these; output may be input.
@inline(__always)
private func exponentials(_ input: Floats, into output: MutableFloats) -> (largest: Float, sum: Float) {
    let largest = input.max() ?? 0
    for column in 0..<input.count { output[column] = exp(input[column] - largest) }
    return (largest, Float(sum(Floats(output))))
}

/// Softmax of each row; output may be input.
func softmaxRows(_ input: Floats, columns: Int, into output: MutableFloats) {
    for index in 0..<input.count / columns {
        let target = row(output, index, columns)
        let total = exponentials(row(input, index, columns), into: target).sum
        for column in 0..<columns { target[column] /= total }
    }
}

/// `y (g - Σ g y)` of each row, y its softmax; output may be either.
func softmaxRowsGradient(_ gradient: Floats, _ softmax: Floats, columns: Int, into output: MutableFloats) {
    for index in 0..<softmax.count / columns {
        let (g, y, target) = (row(gradient, index, columns), row(softmax, index, columns), row(output, index, columns))
        let mean = dot(g, y)
        for column in 0..<columns { target[column] = y[column] * (g[column] - mean) }
    }
}

/// `log Σ exp(x) - x[label]` of each row. Traps on a label that is no column.
func crossEntropyRows(_ logits: Floats, _ labels: Indices, columns: Int, into output: MutableFloats) {
    for index in 0..<labels.count {
        let (x, label) = (row(logits, index, columns), Int(labels[index]))
        precondition(label >= 0 && label < columns, "a label is a column of the logits")
        let largest = x.max() ?? 0
        var total = 0.0
        for column in 0..<columns { total += Double(exp(x[column] - largest)) }
        output[index] = Float(log(total)) + (largest - x[label])
    }
}

/// `g (softmax(x) - [column = label])` of each row, g one number a row; output may be the logits.
func crossEntropyRowsGradient(
    _ gradient: Floats, _ logits: Floats, _ labels: Indices, columns: Int, into output: MutableFloats
) {
    for index in 0..<labels.count {
        let (target, label) = (row(output, index, columns), Int(labels[index]))
        precondition(label >= 0 && label < columns, "a label is a column of the logits")
        let total = exponentials(row(logits, index, columns), into: target).sum
        for column in 0..<columns {
            target[column] = gradient[index] * (target[column] / total - (column == label ? 1 : 0))
        }
    }
}

/// The mean of a row, in double precision since a row may lie far from 0, and 1 over the root of its variance plus
/// epsilon.
@inline(__always)
private func moments(_ x: Floats, _ epsilon: Float) -> (mean: Double, scale: Float) {
    let mean = sum(x) / Double(x.count)
    var squares = 0.0
    for column in 0..<x.count {
        let centred = Double(x[column]) - mean
        squares += centred * centred
    }
    return (mean, Float(1 / (squares / Double(x.count) + Double(epsilon)).squareRoot()))
}

@inline(__always)
private func normalized(_ x: Float, _ mean: Double, _ scale: Float) -> Float { Float(Double(x) - mean) * scale }

/// Each row less its mean, over its standard deviation; output may be input.
func normalizeRows(_ input: Floats, columns: Int, epsilon: Float, into output: MutableFloats) {
    for index in 0..<input.count / columns {
        let (x, target) = (row(input, index, columns), row(output, index, columns))
        let (mean, scale) = moments(x, epsilon)
        for column in 0..<columns { target[column] = normalized(x[column], mean, scale) }
    }
}

/// `(g - mean(g) - x̂ mean(g x̂)) / deviation` of each row, x̂ the normalized row; output may be either.
func normalizeRowsGradient(
    _ gradient: Floats, _ input: Floats, columns: Int, epsilon: Float, into output: MutableFloats
) {
    for index in 0..<input.count / columns {
        let (g, x, target) = (row(gradient, index, columns), row(input, index, columns), row(output, index, columns))
        let (mean, scale) = moments(x, epsilon)
        let gradientMean = Float(sum(g) / Double(columns))
        var along = 0.0
        for column in 0..<columns { along += Double(g[column]) * Double(normalized(x[column], mean, scale)) }
        let alongMean = Float(along / Double(columns))
        for column in 0..<columns {
            target[column] = (g[column] - gradientMean - normalized(x[column], mean, scale) * alongMean) * scale
        }
    }
}
