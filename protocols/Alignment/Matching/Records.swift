// Records of one length, one after the other: what is done to a million of them must not cost an allocation each.

extension [UInt8] {
    /// The records that stand at some places, in the order of these.
    func records(at places: some Collection<some BinaryInteger>, size: Int) -> [UInt8] {
        let count = self.count / size
        return [UInt8](unsafeUninitializedCapacity: places.count * size) { records, initialized in
            withUnsafeBytes { all in
                guard let from = all.baseAddress, let to = UnsafeMutableRawPointer(records.baseAddress) else { return }
                for place in places {
                    precondition(place >= 0 && place < count, "a place of a record")
                    (to + initialized).copyMemory(from: from + Int(place) * size, byteCount: size)
                    initialized += size
                }
            }
        }
    }

    /// Puts records into places, one after the other into the next.
    mutating func place(_ records: [UInt8], at places: some Collection<some BinaryInteger>, size: Int) {
        precondition(records.count == places.count * size, "a place for each record")
        let count = self.count / size
        withUnsafeMutableBytes { all in
            records.withUnsafeBytes { records in
                guard let to = all.baseAddress, var from = records.baseAddress else { return }
                for place in places {
                    precondition(place >= 0 && place < count, "a place of a record")
                    (to + Int(place) * size).copyMemory(from: from, byteCount: size)
                    from += size
                }
            }
        }
    }
}
