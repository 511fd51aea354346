internal import Cryptography
internal import Specification

extension SHA256 {
    /// Takes a list as `CanonicalWriter.list` writes it, of which memory holds a piece at a time.
    mutating func update<Element>(
        list: some Collection<Element>, _ write: (inout CanonicalWriter, Element) -> Void
    ) {
        var writer = CanonicalWriter()
        writer.integer(UInt32(list.count))
        for element in list {
            write(&writer, element)
            if writer.bytes.count >= 1 << 16 {
                update(writer.bytes)
                writer = CanonicalWriter()
            }
        }
        update(writer.bytes)
    }
}
