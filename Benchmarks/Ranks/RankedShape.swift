import Arithmetic
import Foundation
import Paillier
import RankProducts
import Shares

/// A product that source layers have.
struct RankedShape {
    private enum Sort {
        case dense
        /// Ones of so many fields.
        case oneHot(fields: Int)
        /// Shares modulo 2^128.
        case wide
    }

    let name: String
    private let sort: Sort
    private let rows: Int
    private let inner: Int
    /// Columns of the layer, packed into slots.
    private let width: Int
    private let bound: () throws -> Product
    /// Whether the operand stays the same, as a share of weights does.
    private var isReused = false

    static var all: [RankedShape] {
        [
            forward("forward-128x64", rows: 128, inner: 64),
            forward("forward-256x330", rows: 256, inner: 330),
            forward("forward-1024x64", rows: 1024, inner: 64),
            forward("forward-256x330-reused", rows: 256, inner: 330, isReused: true),
            forward("forward-128x64-width-1", rows: 128, inner: 64, width: 1),
            forward("one-hot-256-14-of-123", .oneHot(fields: 14), rows: 256, inner: 123),
            gradient("gradient-64x128", rows: 64, inner: 128),
            gradient("gradient-330x256", rows: 330, inner: 256),
            gradient("gradient-64x1024", rows: 64, inner: 1024),
            gradient("gradient-330x256-width-1", rows: 330, inner: 256, width: 1),
            .init(name: "wide-128x64", sort: .wide, rows: 128, inner: 64, width: 8) {
                try .embedForward(ownTerms: 32, labelTerms: 32)
            },
        ]
    }

    private static func forward(
        _ name: String, _ sort: Sort = .dense, rows: Int, inner: Int, width: Int = 8, isReused: Bool = false
    ) -> RankedShape {
        .init(
            name: name, sort: sort, rows: rows, inner: inner, width: width,
            bound: { try .matMulForward(terms: inner) }, isReused: isReused)
    }

    private static func gradient(_ name: String, rows: Int, inner: Int, width: Int = 8) -> RankedShape {
        .init(name: name, sort: .dense, rows: rows, inner: inner, width: width) { try .matMulGradient(batch: inner) }
    }

    func task(_ subject: inout Subject) throws -> RankedTask {
        let conversion = try Conversion(bound(), columns: width, keyBits: subject.bits)
        let values = try subject.matrix(rows: inner, columns: width, signedBits: 22)
        let encrypted = try conversion.encrypt(
            values, with: subject.key,
            noise: conversion.noise(rows: inner, with: subject.key, from: try subject.stream()))
        let cipher = subject.cipher
        return RankedTask(
            cipher: cipher, plain: try multipliers(&subject), join: conversion.join,
            kept: isReused ? cipher.operand(encrypted, isReused: true) : nil, encrypted: encrypted)
    }

    private func multipliers(_ subject: inout Subject) throws -> Multipliers {
        switch sort {
        case .dense:
            return try Multipliers(subject.matrix(rows: rows, columns: inner, signedBits: 23), bits: 23)
        case .oneHot(let fields):
            let draws = try subject.integers(rows * fields, bits: 20).map(\.truncatingInt64)
            let places = (0..<rows).map { row in
                (0..<fields).map { field -> SparseMatrix<Int64>.Place in
                    let (first, end) = (field * inner / fields, (field + 1) * inner / fields)
                    return .init(first + Int(draws[row * fields + field]) % (end - first), 1 << 20)
                }
            }
            return try Multipliers(SparseMatrix(columns: inner, rows: places), bits: 23)
        case .wide:
            let shares = try subject.integers(rows * inner, bits: 128).map(\.truncatingInt128)
            return try Multipliers(wide: Matrix(rows: rows, columns: inner, elements: shares), bits: 127)
        }
    }
}

/// A product with its operand.
struct RankedTask {
    let cipher: PublicKey
    let plain: Multipliers
    let join: RowJoin
    /// `nil`: a new one each time.
    let kept: EncryptedOperand?
    let encrypted: Matrix<Ciphertext>

    /// - Parameter ranks: Who computes it; `nil`: this process.
    func product(at ranks: RankProducts?) throws -> [Ciphertext] {
        try SharedProducts.run(in: ranks) {
            try cipher.product(
                variableTime: plain, kept ?? cipher.operand(encrypted, isReused: false), join: join)
        }
    }

    /// By how much ranks are faster by the numbers of their operations alone.
    func expectation(ranks: Int, threads: Int) -> String {
        let operand = kept ?? cipher.operand(encrypted, isReused: false)
        let one = operand.cost(of: plain, join: join, threads: threads)
        func split(_ byte: Double?) -> ProductSplit {
            operand.split(plain, join: join, into: ranks, threads: threads, exchanging: byte)
        }
        let (apart, together) = (split(nil), split(0))
        func times(_ split: ProductSplit) -> String { String(format: "%.2f", one / split.cost) }
        return "by operations alone \(times(together)); each rank with tables of its own \(times(apart))"
    }
}
