internal import Kernels
internal import Tiers

/// The pages of a ``PagedTable`` that are in memory, and their way from the disk and back to it.
///
/// Transfers keep their order, so a frame may be read into as soon as the write of what it held before is begun. A page that was never
/// written is not read but made.
final class FrameStore {
    private struct Frame {
        /// The last transfer that was begun with this frame and not waited for.
        var transfer: Transfer?
        var isChanged = false
        /// Whether first values are to be filled in before its use.
        var isToBeMade = false
    }

    /// Memory for each frame beside its page, with two transfers in the file's queue (an upper bound).
    static let bytesPerFrame = MemoryLayout<Frame>.stride + 2 * 48

    private let layout: TableLayout
    private let first: FirstValues
    private let store: any PageStore
    private let memory: AlignedMemory
    private var frames: [Frame]
    /// Pages that are on the disk, one bit each.
    private var written: [UInt8]
    private(set) var made = 0

    init(_ layout: TableLayout, frames: Int, first: FirstValues, store: any PageStore) {
        (self.layout, self.first, self.store) = (layout, first, store)
        memory = AlignedMemory(bytes: frames * layout.pageBytes)
        self.frames = Array(repeating: Frame(), count: frames)
        written = Array(repeating: 0, count: (layout.pages + 7) / 8)
    }

    /// The disk may still be at work with this memory.
    deinit { for frame in frames { if let transfer = frame.transfer { try? store.wait(transfer) } } }

    /// Begins to move a page into a frame, and the page that leaves it to the disk if it was changed.
    func load(_ page: Int, into frame: Int, leaving: Int?) {
        let address = address(of: frame)
        if let leaving, frames[frame].isChanged {
            frames[frame].transfer = store.write(leaving, from: address)
            written[leaving / 8] |= 1 << UInt8(leaving % 8)
        }
        frames[frame].isChanged = false
        frames[frame].isToBeMade = written[page / 8] & 1 << UInt8(page % 8) == 0
        if !frames[frame].isToBeMade { frames[frame].transfer = store.read(page, into: address) }
    }

    /// The numbers of a page in a frame, when they are there.
    func numbers(of page: Int, in frame: Int) throws(TierError) -> OutputSlice {
        if let transfer = frames[frame].transfer {
            try store.wait(transfer)
            frames[frame].transfer = nil
        }
        let numbers = address(of: frame).bindMemory(to: Float.self, capacity: layout.pageBytes / 4)
        if frames[frame].isToBeMade {
            make(page, numbers)
            frames[frame].isToBeMade = false
        }
        return numbers
    }

    /// The page in a frame is not what is on the disk any more.
    func change(_ frame: Int) { frames[frame].isChanged = true }

    private func make(_ page: Int, _ numbers: OutputSlice) {
        made += 1
        for row in layout.rows(of: page) {
            let values = numbers + layout.offset(of: row)
            first.fill(values, first: row * layout.columns, count: layout.columns)
            (values + layout.columns).update(repeating: 0, count: layout.columns)
        }
    }

    private func address(of frame: Int) -> UnsafeMutableRawPointer { memory.start + frame * layout.pageBytes }
}
