internal import Glibc

/// The cores of this host.
enum Cores {
    /// How many there are now.
    static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
