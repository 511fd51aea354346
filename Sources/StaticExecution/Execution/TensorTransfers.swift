public import Tiers

/// What puts tensors away and fetches them again: below memory, or in another part of it.
///
/// Transfers of a slot are done in the order in which they were begun; `wait` returns when the last one is.
public protocol TensorTransfers: AnyObject {
    /// Begins to write a slot's bytes; they stay as they are until `wait`.
    func store(_ slot: Int, from memory: UnsafeRawPointer)
    /// Begins to read them; nobody looks at them until `wait`.
    func load(_ slot: Int, into memory: UnsafeMutableRawPointer)
    /// Waits for the slot's last transfer.
    func wait(_ slot: Int) throws
}

extension TensorStore: TensorTransfers {}
