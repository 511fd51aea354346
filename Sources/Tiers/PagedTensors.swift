internal import Glibc

/// Tensors in pages of two tiers, host memory and a file, between which they are moved. Both tiers are of a fixed size and taken at once.
///
/// How tensors share pages, and how little stays unused, is ``PagePool``'s matter. For one thread at a time; every call returns when
/// all is done.
public final class PagedTensors {
    /// Where a tensor lies.
    public enum Tier: Hashable, Sendable, CaseIterable {
        /// Memory.
        case host
        /// The disk.
        case file
    }

    /// A tensor that was allocated here.
    public struct Tensor: Hashable, Sendable {
        let number: Int
    }

    /// Bytes of a page, in both tiers.
    public let pageBytes: Int
    private let memory: Arena?
    private let file: PageFile?
    /// Two pages on the way between the file and what is not page by page.
    private let staging: Arena
    private var pools: [Tier: PagePool]
    private var homes: [Int: Tier] = [:]
    private var sizes: [Int: Int] = [:]
    private var made = 0

    /// - Parameters:
    ///   - pageBytes: A multiple of 4096; 1 MiB by default, below which disks are slower.
    ///   - hostPages: Pages of memory; may be 0.
    ///   - filePages: Pages on the disk; may be 0.
    ///   - directory: Where the file lies; may be nil if there is none.
    ///   - rate: As in ``PageFile``.
    /// - Throws: ``TierError``, if memory or disk cannot be had.
    public init(
        pageBytes: Int = 1 << 20, hostPages: Int, filePages: Int, directory: String?, rate: Double? = nil
    ) throws(TierError) {
        precondition(hostPages >= 0 && filePages >= 0 && (filePages == 0 || directory != nil), "a folder for the file")
        memory = hostPages > 0 ? try Arena(bytes: hostPages * pageBytes) : nil
        if let directory, filePages > 0 {
            file = try PageFile(in: directory, pages: filePages, pageBytes: pageBytes, rate: rate)
        } else {
            file = nil
        }
        staging = try Arena(bytes: 2 * pageBytes)
        self.pageBytes = pageBytes
        pools = [
            .host: PagePool(pages: hostPages, pageBytes: pageBytes),
            .file: PagePool(pages: filePages, pageBytes: pageBytes),
        ]
    }

    /// Which pages of a tier are in use, by which tensor.
    public func pool(_ tier: Tier) -> PagePool {
        pools[tier] ?? PagePool(pages: 0, pageBytes: pageBytes)
    }

    /// What the file moved; nil if there is none.
    public var counters: PageFile.Counters? { file?.counters }

    /// Bytes of a tensor.
    public func bytes(of tensor: Tensor) -> Int { require(tensor).bytes }
    /// Where a tensor lies.
    public func tier(of tensor: Tensor) -> Tier { require(tensor).tier }
    /// The pieces in which a tensor lies, in its order.
    public func pieces(of tensor: Tensor) -> [PagePiece] { pool(require(tensor).tier).pieces(of: tensor.number) ?? [] }

    // MARK: - Allocate, release, move

    /// Makes room for a tensor. What it holds is not said.
    ///
    /// - Parameter bytes: At least 1.
    /// - Throws: ``TierError/pages(tier:needed:free:)``.
    public func allocate(bytes: Int, on tier: Tier) throws(TierError) -> Tensor {
        let tensor = Tensor(number: made)
        try place(tensor, bytes, on: tier)
        made += 1
        homes[tensor.number] = tier
        sizes[tensor.number] = bytes
        return tensor
    }

    /// Gives a tensor's pages back.
    ///
    /// - Throws: ``TierError``, if another tensor's tail has to be moved within the file and that fails.
    public func release(_ tensor: Tensor) throws(TierError) {
        let tier = require(tensor).tier
        homes[tensor.number] = nil
        sizes[tensor.number] = nil
        try vacate(tensor, tier)
    }

    /// Moves a tensor to the other tier; nothing happens if it is there.
    ///
    /// - Throws: ``TierError``. The tensor stays where it was, if there is no room for it or it cannot be read or written.
    public func move(_ tensor: Tensor, to tier: Tier) throws(TierError) {
        let (old, bytes) = require(tensor)
        guard old != tier else { return }
        try place(tensor, bytes, on: tier)
        do throws(TierError) {
            try copyWholePages(tensor, to: tier)
            try copyTail(tensor, to: tier)
        } catch {
            // What broke is the file; in memory, releasing does not fail.
            try? vacate(tensor, tier)
            throw error
        }
        homes[tensor.number] = tier
        try vacate(tensor, old)
    }

    // MARK: - Contents

    /// Overwrites a tensor.
    ///
    /// - Parameter contents: As many bytes as the tensor has, anywhere in memory.
    /// - Throws: ``TierError``.
    public func write(_ tensor: Tensor, from contents: UnsafeRawBufferPointer) throws(TierError) {
        let (tier, bytes) = require(tensor)
        precondition(contents.count == bytes, "all of the tensor")
        var done = 0
        for piece in pieces(of: tensor) {
            try put(.init(rebasing: contents[done..<done + piece.length]), at: piece, of: tensor, tier)
            done += piece.length
        }
    }

    /// Reads a tensor.
    ///
    /// - Parameter contents: Room for as many bytes as the tensor has, anywhere in memory.
    /// - Throws: ``TierError``.
    public func read(_ tensor: Tensor, into contents: UnsafeMutableRawBufferPointer) throws(TierError) {
        let (tier, bytes) = require(tensor)
        precondition(contents.count == bytes, "all of the tensor")
        var done = 0
        for piece in pieces(of: tensor) {
            try get(piece, into: .init(rebasing: contents[done..<done + piece.length]), tier)
            done += piece.length
        }
    }

    private func put(
        _ bytes: UnsafeRawBufferPointer, at piece: PagePiece, of tensor: Tensor, _ tier: Tier
    ) throws(TierError) {
        guard tier == .file, let file else { return hostBytes(piece).copyMemory(from: bytes) }
        // Half a page cannot be written without what is in the other half.
        if piece.length < pageBytes, pool(.file).partner(of: tensor.number) != nil { try fetch(piece.page, 0) }
        stagedBytes(piece, 0).copyMemory(from: bytes)
        try file.wait(file.write(piece.page, from: staging.start))
    }

    private func get(
        _ piece: PagePiece, into bytes: UnsafeMutableRawBufferPointer, _ tier: Tier
    ) throws(TierError) {
        guard tier == .file else { return bytes.copyMemory(from: .init(hostBytes(piece))) }
        try fetch(piece.page, 0)
        bytes.copyMemory(from: .init(stagedBytes(piece, 0)))
    }

    // MARK: - Between tiers

    /// Runs of pages that follow each other in both tiers go in one transfer.
    private func copyWholePages(_ tensor: Tensor, to tier: Tier) throws(TierError) {
        guard let file, let memory else { preconditionFailure("both tiers") }
        let host = wholePages(tensor, .host)
        let disk = wholePages(tensor, .file)
        var last: Transfer?
        var first = 0
        while first < host.count {
            var end = first + 1
            while end < host.count, host[end] == host[end - 1] + 1, disk[end] == disk[end - 1] + 1 { end += 1 }
            let pages = disk[first]..<disk[first] + end - first
            let place = memory.start + host[first] * pageBytes
            last = tier == .file ? file.write(pages, from: place) : file.read(pages, into: place)
            first = end
        }
        if let last { try file.wait(last) }
    }

    private func copyTail(_ tensor: Tensor, to tier: Tier) throws(TierError) {
        guard let host = tail(tensor, .host), let disk = tail(tensor, .file) else { return }
        switch tier {
        case .file: try put(.init(hostBytes(host)), at: disk, of: tensor, .file)
        case .host: try get(disk, into: hostBytes(host), .file)
        }
    }

    private func wholePages(_ tensor: Tensor, _ tier: Tier) -> [Int] {
        (pool(tier).pieces(of: tensor.number) ?? []).filter { $0.length == pageBytes }.map(\.page)
    }

    private func tail(_ tensor: Tensor, _ tier: Tier) -> PagePiece? {
        pool(tier).pieces(of: tensor.number)?.last.flatMap { $0.length < pageBytes ? $0 : nil }
    }

    // MARK: - Pages

    private func place(_ tensor: Tensor, _ bytes: Int, on tier: Tier) throws(TierError) {
        guard pools[tier]?.place(tensor.number, bytes: bytes) == true else {
            let pool = pool(tier)
            throw .pages(
                tier: tier == .host ? "host memory" : "the file of pages", needed: pool.pagesNeeded(for: bytes),
                free: pool.pages - pool.pagesInUse)
        }
    }

    private func vacate(_ tensor: Tensor, _ tier: Tier) throws(TierError) {
        guard let merge = pools[tier]?.release(tensor.number) else { return }
        guard tier == .file, let file else { return hostBytes(merge.to).copyMemory(from: .init(hostBytes(merge.from))) }
        try fetch(merge.to.page, 0)
        try fetch(merge.from.page, 1)
        stagedBytes(merge.to, 0).copyMemory(from: .init(stagedBytes(merge.from, 1)))
        try file.wait(file.write(merge.to.page, from: staging.start))
    }

    private func fetch(_ page: Int, _ stage: Int) throws(TierError) {
        guard let file else { preconditionFailure("a file") }
        try file.wait(file.read(page, into: staging.start + stage * pageBytes))
    }

    private func hostBytes(_ piece: PagePiece) -> UnsafeMutableRawBufferPointer {
        guard let memory else { preconditionFailure("host memory") }
        let start = piece.page * pageBytes + piece.offset
        return memory[start..<start + piece.length]
    }

    private func stagedBytes(_ piece: PagePiece, _ stage: Int) -> UnsafeMutableRawBufferPointer {
        let start = stage * pageBytes + piece.offset
        return staging[start..<start + piece.length]
    }

    private func require(_ tensor: Tensor) -> (tier: Tier, bytes: Int) {
        guard let tier = homes[tensor.number], let bytes = sizes[tensor.number] else {
            preconditionFailure("a tensor that was allocated here and not released")
        }
        return (tier, bytes)
    }
}
