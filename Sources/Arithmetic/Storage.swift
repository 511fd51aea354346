import CGMP

/// One `mpz` on the heap: what an `Integer` shares with its copies until one of them changes.
///
/// It holds a pointer, not the structure itself, because GMP's functions take destination and operands that may be the
/// same object, which Swift's exclusivity rules forbid for a stored property.
final class Storage: @unchecked Sendable {  // written only by its one owner, before it is shared
    let mpz: UnsafeMutablePointer<__mpz_struct>

    /// Zero.
    init() {
        _ = Self.clearsFreedMemory
        mpz = .allocate(capacity: 1)
        __gmpz_init(mpz)
    }

    deinit {
        __gmpz_clear(mpz)
        mpz.deallocate()
    }

    /// Evaluated once in a process, before its first GMP allocation.
    private static let clearsFreedMemory: Void = colonnade_gmp_clear_freed_memory()
}

extension Integer {
    /// The result of a GMP function of one operand.
    static func computed(
        _ operand: Integer, _ operation: (UnsafeMutablePointer<__mpz_struct>, UnsafePointer<__mpz_struct>) -> Void
    ) -> Integer {
        let result = Storage()
        withExtendedLifetime(operand) { operation(result.mpz, operand.storage.mpz) }
        return Integer(result)
    }

    /// The result of a GMP function of two operands.
    static func computed(
        _ left: Integer, _ right: Integer,
        _ operation: (
            UnsafeMutablePointer<__mpz_struct>, UnsafePointer<__mpz_struct>, UnsafePointer<__mpz_struct>
        ) -> Void
    ) -> Integer {
        let result = Storage()
        withExtendedLifetime((left, right)) { operation(result.mpz, left.storage.mpz, right.storage.mpz) }
        return Integer(result)
    }

    /// Replaces the value by what a GMP function makes of it and `operand`: in place if no copy shares the storage.
    mutating func update(
        with operand: Integer,
        _ operation: (
            UnsafeMutablePointer<__mpz_struct>, UnsafePointer<__mpz_struct>, UnsafePointer<__mpz_struct>
        ) -> Void
    ) {
        let destination = isKnownUniquelyReferenced(&storage) ? storage : Storage()
        withExtendedLifetime((storage, operand)) {
            operation(destination.mpz, storage.mpz, operand.storage.mpz)
        }
        storage = destination
    }
}
