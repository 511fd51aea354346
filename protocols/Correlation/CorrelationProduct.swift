internal import Arithmetic
internal import Cryptography
internal import Paillier
internal import Shares
internal import Specification
internal import StatisticsWire

/// One party's columns times the owner's encrypted ones, summed over the rows and masked: what the label party and a partner do alike.
extension CorrelationParameters {
    /// - Parameters:
    ///   - step: Of the answer: C2 or C5.
    ///   - budget: Of masked values.
    /// - Returns: The answer, and this party's share: the masks with their signs turned.
    /// - Throws: ``StatisticsError/invalidCiphertext(of:step:_:)``, `SharesError`, `RandomError`, `PaillierError`.
    func product<Cipher: AdditiveCipher>(
        of columns: UnitColumns, with frame: Frame, step: String, of me: Party, under cipher: Cipher,
        random: any RandomSource, spending budget: inout MaskBudget
    ) throws -> (frame: Frame, share: Matrix<Int128>) {
        let conversion = try conversion()
        let width = conversion.packing.ciphertextsPerRow
        let operand = Matrix(
            rows: rows, columns: width,
            elements: try frame.ciphertexts(from: owner.party, under: cipher, count: rows * width))
        let sums = try cipher.product(
            variableTime: try columns.multipliers(), cipher.operand(operand, isReused: false), join: conversion.join)
        let draw = draw("\(step)/\(me)")
        let noise = conversion.noise(
            rows: columns.count, under: cipher, from: try random.stream(draw + "/randomizer"))
        let (hidden, share) = try conversion.mask(
            sums, rows: columns.count, under: cipher, masks: random.stream(draw), noise: noise, spending: &budget)
        let header = CorrelationProtocol.header(
            step, in: frame.header.phase, .ciphertext, [columns.count, owner.columns], under: conversion.packing,
            of: owner.party)
        return (Frame(header: header, payload: cipher.encode(hidden)), share.reduced(to: Int128.self))
    }
}
