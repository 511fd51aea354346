import Glibc
import Testing
import Tiers

@Suite struct PagePoolTests {
    @Test func tailsShareAPage() {
        var pool = PagePool(pages: 4, pageBytes: 100)
        let placed = [
            pool.place(1, bytes: 160), pool.place(2, bytes: 40), pool.place(3, bytes: 1), pool.place(4, bytes: 200),
        ]
        #expect(placed == [true, true, true, false], "one page is free")
        #expect(
            pool.pieces(of: 1) == [.init(page: 0, offset: 0, length: 100), .init(page: 1, offset: 0, length: 60)])
        #expect(pool.pieces(of: 2) == [.init(page: 1, offset: 60, length: 40)])
        #expect(pool.pieces(of: 4) == nil && pool.partner(of: 3) == nil && pool.partner(of: 1) == 2)
        #expect(pool.pagesInUse == 3 && pool.tensors == 3 && pool.waste == 99)
        // The tail of 2 is left alone, and so is that of 3, which is shorter.
        let (first, second, third) = (pool.release(1), pool.release(2), pool.release(3))
        let from = PagePiece(page: 2, offset: 0, length: 1)
        #expect(first == .init(tensor: 3, from: from, to: .init(page: 1, offset: 0, length: 1)))
        #expect(second == nil && third == nil && pool.pagesInUse == 0 && pool.bytes == 0)
    }

    @Test func aTailGoesToTheLongestThatLeavesRoom() {
        var pool = PagePool(pages: 4, pageBytes: 100)
        let placed = [
            pool.place(1, bytes: 60), pool.place(2, bytes: 90), pool.place(3, bytes: 70), pool.place(4, bytes: 30),
        ]
        #expect(placed == [true, true, true, true] && pool.partner(of: 4) == 3)
    }

    /// Any sequence of calls against a dictionary: contents, bounds of waste, and who lies where.
    @Test(arguments: 0..<12) func tensorsKeepTheirContents(seed: Int) throws {
        var model = try Model(seed: seed)
        for _ in 0..<160 { try model.step() }
        try model.finish()
    }

    @Test func aFullTierSaysSo() throws {
        let tensors = try PagedTensors(pageBytes: 4096, hostPages: 2, filePages: 1, directory: PageFileTests.folder)
        let tensor = try tensors.allocate(bytes: 8192, on: .host)
        #expect(throws: TierError.pages(tier: "host memory", needed: 1, free: 0)) {
            _ = try tensors.allocate(bytes: 1, on: .host)
        }
        #expect(throws: TierError.pages(tier: "the file of pages", needed: 2, free: 1)) {
            try tensors.move(tensor, to: .file)
        }
        #expect(tensors.tier(of: tensor) == .host && tensors.pool(.file).pagesInUse == 0)
    }

    @Test func runsOfPagesGoInOneTransfer() throws {
        let tensors = try PagedTensors(pageBytes: 4096, hostPages: 8, filePages: 8, directory: PageFileTests.folder)
        let tensor = try tensors.allocate(bytes: 6 * 4096, on: .host)
        try tensors.move(tensor, to: .file)
        try tensors.move(tensor, to: .host)
        let counters = try #require(tensors.counters)
        #expect(counters.bytesWritten == 6 * 4096 && counters.bytesRead == 6 * 4096 && counters.transfers == 2)
    }
}

/// Tensors, and what they must hold.
private struct Model {
    private static let page = 4096
    private let tensors: PagedTensors
    private var contents: [PagedTensors.Tensor: (tier: PagedTensors.Tier, bytes: [UInt8])] = [:]
    private var generator: SplitMix

    init(seed: Int) throws {
        generator = SplitMix(seed: UInt64(seed))
        tensors = try PagedTensors(
            pageBytes: Self.page, hostPages: 24, filePages: 40, directory: PageFileTests.folder)
    }

    mutating func step() throws {
        let chosen = contents.keys.sorted { tensors.pieces(of: $0)[0].page < tensors.pieces(of: $1)[0].page }
            .randomElement(using: &generator)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<4: try allocate()
        case 4..<6:
            guard let chosen else { return }
            contents[chosen] = nil
            try tensors.release(chosen)
        case 6..<9:
            guard let chosen else { return }
            try move(chosen)
        default:
            guard let chosen else { return }
            try overwrite(chosen)
        }
        try check(contents.keys.randomElement(using: &generator))
        checkPages()
    }

    mutating func finish() throws {
        for tensor in contents.keys { try check(tensor) }
        for tensor in contents.keys { try tensors.release(tensor) }
        for tier in PagedTensors.Tier.allCases { #expect(tensors.pool(tier).pagesInUse == 0) }
    }

    private mutating func allocate() throws {
        let tier: PagedTensors.Tier = Bool.random(using: &generator) ? .host : .file
        // Short ones, long ones, and whole pages.
        let bytes = [
            Int.random(in: 1..<Self.page, using: &generator), Int.random(in: 1...5 * Self.page, using: &generator),
            Self.page * Int.random(in: 1...2, using: &generator),
        ][Int.random(in: 0..<3, using: &generator)]
        let fits = roomNeeded(bytes, tier)
        do {
            let tensor = try tensors.allocate(bytes: bytes, on: tier)
            #expect(fits)
            contents[tensor] = (tier, [UInt8](repeating: 0, count: bytes))
            try overwrite(tensor)
        } catch TierError.pages { #expect(!fits) }
    }

    private mutating func move(_ tensor: PagedTensors.Tensor) throws {
        guard let (old, bytes) = contents[tensor] else { return }
        let tier: PagedTensors.Tier = old == .host ? .file : .host
        let fits = roomNeeded(bytes.count, tier)
        do {
            try tensors.move(tensor, to: tier)
            #expect(fits)
            contents[tensor] = (tier, bytes)
        } catch TierError.pages { #expect(!fits) }
    }

    private mutating func overwrite(_ tensor: PagedTensors.Tensor) throws {
        guard let (tier, old) = contents[tensor] else { return }
        let bytes = old.map { _ in UInt8.random(in: 0...255, using: &generator) }
        contents[tensor] = (tier, bytes)
        try bytes.withUnsafeBytes { try tensors.write(tensor, from: $0) }
    }

    /// By the definition: pages that are free, and the room beside tails that are alone.
    private func roomNeeded(_ bytes: Int, _ tier: PagedTensors.Tier) -> Bool {
        let pool = tensors.pool(tier)
        let tail = bytes % Self.page
        let fitsBeside = byPage(tier).values.contains { $0.count == 1 && $0[0].length + tail <= Self.page }
        let needed = (bytes + Self.page - 1) / Self.page - (tail > 0 && fitsBeside ? 1 : 0)
        return needed <= pool.pages - byPage(tier).count
    }

    private func byPage(_ tier: PagedTensors.Tier) -> [Int: [PagePiece]] {
        Dictionary(
            grouping: contents.filter { $0.value.tier == tier }.keys.flatMap { tensors.pieces(of: $0) }, by: \.page)
    }

    private func check(_ tensor: PagedTensors.Tensor?) throws {
        guard let tensor, let (tier, bytes) = contents[tensor] else { return }
        #expect(tensors.tier(of: tensor) == tier && tensors.bytes(of: tensor) == bytes.count)
        var found = [UInt8](repeating: 0, count: bytes.count)
        try found.withUnsafeMutableBytes { try tensors.read(tensor, into: $0) }
        let isSame = found == bytes
        #expect(isSame, "contents")
    }

    private func checkPages() {
        for tier in PagedTensors.Tier.allCases {
            let pages = byPage(tier)
            let held = contents.values.filter { $0.tier == tier }
            let bytes = held.reduce(0) { $0 + $1.bytes.count }
            let pool = tensors.pool(tier)
            #expect(pool.pagesInUse == pages.count && pool.tensors == held.count && pool.bytes == bytes)
            #expect(pool.waste == pages.count * Self.page - bytes)
            #expect(pool.waste <= (held.count + 1) / 2 * Self.page)
            for pieces in pages.values {
                let sorted = pieces.sorted { $0.offset < $1.offset }
                #expect(sorted.count <= 2 && sorted[0].offset >= 0)
                #expect(sorted.last.map { $0.offset + $0.length <= Self.page } == true)
                if sorted.count == 2 { #expect(sorted[0].offset + sorted[0].length <= sorted[1].offset) }
            }
        }
        for (tensor, content) in contents {
            #expect(tensors.pieces(of: tensor).reduce(0) { $0 + $1.length } == content.bytes.count)
        }
    }
}
