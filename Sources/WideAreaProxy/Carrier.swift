internal import NIOCore

/// One direction of one connection: what its channel reads is written to the channel of the other end, when it is due.
///
/// Lives on the event loop that both channels share.
final class Carrier: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private enum Load {
        case bytes(ByteBuffer)
        /// Nothing more comes (`output`), or this end is gone (`all`).
        case end(CloseMode)
    }

    private let line: Line
    private var context: ChannelHandlerContext?
    /// Nil until the other end is connected; nothing is read before.
    private var sink: (any Channel)?
    private var underWay = CircularBuffer<(due: ContinuousClock.Instant, load: Load)>()
    /// Bytes that were read and that the other end has not been given.
    private var held = 0
    private var isReadPostponed = false

    init(over line: Line) { self.line = line }

    /// The other end is there.
    func connect(to sink: any Channel) {
        self.sink = sink
        deliver()
        resume()
    }

    // MARK: Events of the channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func read(context: ChannelHandlerContext) {
        if hasRoom { context.read() } else { isReadPostponed = true }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        held += buffer.readableBytes
        send(.bytes(buffer), count: buffer.readableBytes)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { send(.end(.output), count: 0) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// The channel is closed, whether or not it was ever active.
    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        send(.end(.all), count: 0)
    }

    // MARK: The way

    private func send(_ load: Load, count: Int) {
        underWay.append((line.send(count), load))
        if underWay.count == 1 { wakeForNext() }
    }

    /// Comes back when the first that is under way is due. At most once at a time: when that becomes the first.
    private func wakeForNext() {
        guard let sink, let next = underWay.first else { return }
        sink.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(next.due - .now)) { self.deliver() }
    }

    private func deliver() {
        guard let sink else { return }
        while let (due, load) = underWay.first, due <= .now {
            underWay.removeFirst()
            switch load {
            case .bytes(let bytes):
                sink.write(bytes).assumeIsolated().whenComplete { _ in
                    self.held -= bytes.readableBytes
                    self.resume()
                }
            case .end(let mode):
                // Only when all before it has left: closing drops what has not.
                sink.writeAndFlush(ByteBuffer()).whenComplete { _ in sink.close(mode: mode, promise: nil) }
            }
        }
        sink.flush()
        wakeForNext()
    }

    private var hasRoom: Bool { sink != nil && held < line.limit }

    private func resume() {
        guard isReadPostponed, hasRoom else { return }
        isReadPostponed = false
        context?.read()
    }
}
