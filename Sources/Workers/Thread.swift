internal import Glibc

/// Starts a detached thread.
///
/// - Parameter isBackground: Whether it shall run only where cores would be idle otherwise, or nearly so.
package func startThread(isBackground: Bool = false, _ body: @escaping @Sendable () -> Void) {
    final class Start: Sendable {
        let body: @Sendable () -> Void
        let isBackground: Bool
        init(_ body: @escaping @Sendable () -> Void, _ isBackground: Bool) {
            self.body = body
            self.isBackground = isBackground
        }
    }
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // Kernels keep their numbers on the stack.
    pthread_attr_setstacksize(&attributes, 4 << 20)
    let start = Unmanaged.passRetained(Start(body, isBackground)).toOpaque()
    let status = pthread_create(
        &thread, &attributes,
        { argument in
            guard let argument else { return nil }
            let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
            // On Linux, who 0 is the calling thread alone.
            if start.isBackground { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19) }
            start.body()
            return nil
        }, start)
    pthread_attr_destroy(&attributes)
    precondition(status == 0, "the system gives no more threads")
}
