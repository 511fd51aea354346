internal import Glibc
internal import Kernels
public import Tiers

/// What a machine can do, as far as plans depend on it.
public struct MachineProfile: Hashable, Sendable, Codable {
    /// Floating-point operations a second of a product of matrices, on one thread.
    public var productRate: Double
    /// Bytes a second that one thread copies in memory.
    public var copyRate: Double
    /// Bytes a second that the disk takes.
    public var writeRate: Double
    /// Bytes a second that the disk gives.
    public var readRate: Double

    /// Describes a machine.
    public init(productRate: Double, copyRate: Double, writeRate: Double, readRate: Double) {
        precondition(min(productRate, copyRate, writeRate, readRate) > 0, "rates are above 0")
        (self.productRate, self.copyRate) = (productRate, copyRate)
        (self.writeRate, self.readRate) = (writeRate, readRate)
    }

    /// Measures this machine: some tenths of a second.
    ///
    /// - Parameters:
    ///   - directory: A folder on the disk; `nil` for a machine without one, whose rates are taken as 1 byte a second.
    ///   - rate: As of ``PageFile``: what the disk is held to.
    /// - Throws: `TierError` where the folder cannot be written to.
    public static func measured(directory: String?, rate: Double? = nil) throws(TierError) -> MachineProfile {
        let products = bestRate(2 * 512 * 512 * 512, products: 512)
        let copies = copyRate()
        guard let directory else {
            return MachineProfile(productRate: products, copyRate: copies, writeRate: 1, readRate: 1)
        }
        let disk = try diskRates(directory, rate)
        return MachineProfile(
            productRate: products, copyRate: copies, writeRate: disk.write, readRate: disk.read)
    }

    private static func seconds(_ work: () -> Void) -> Double {
        let elapsed = ContinuousClock().measure(work)
        return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    }

    private static func bestRate(_ operations: Double, products size: Int) -> Double {
        let numbers = UnsafeMutablePointer<Float>.allocate(capacity: 3 * size * size)
        defer { numbers.deallocate() }
        numbers.initialize(repeating: 0.5, count: 3 * size * size)
        let fastest = (0..<8).map { _ in
            seconds {
                matrixProduct(
                    numbers, numbers + size * size, rows: size, inner: size, columns: size,
                    into: numbers + 2 * size * size)
            }
        }.min()
        return operations / (fastest ?? 1)
    }

    private static func copyRate() -> Double {
        let bytes = 32 << 20
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 2 * bytes, alignment: 4096)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 1, count: 2 * bytes)
        let fastest = (0..<4).map { _ in seconds { memcpy(memory + bytes, memory, bytes) } }.min()
        return Double(bytes) / (fastest ?? 1)
    }

    private static func diskRates(
        _ directory: String, _ rate: Double?
    ) throws(TierError) -> (write: Double, read: Double) {
        let (pageBytes, pages) = (1 << 20, 48)
        let file = try PageFile(in: directory, pages: pages, pageBytes: pageBytes, rate: rate)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: pageBytes * pages, alignment: 4096)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 1, count: pageBytes * pages)
        var failure: TierError?
        func move(_ begin: () -> Transfer) -> Double {
            let elapsed = seconds {
                do throws(TierError) { try file.wait(begin()) } catch { failure = error }
            }
            return Double(pageBytes * pages) / elapsed
        }
        let write = move { file.write(0..<pages, from: memory) }
        let read = move { file.read(0..<pages, into: memory) }
        if let failure { throw failure }
        return (write, read)
    }
}
