package import Arithmetic
package import Shares
package import Specification

/// A message of shares in the ring of its elements: big-endian, row by row.
package struct ShareMessage<Element: RingElement>: Sendable {
    let header: FrameHeader
    let sender: Party

    package func frame(_ share: Matrix<Element>) -> Frame {
        var writer = CanonicalWriter()
        for element in share.elements { writer.integer(Element.Magnitude(truncatingIfNeeded: element)) }
        return Frame(header: header, payload: writer.bytes)
    }

    /// The share in a frame that a peer says is this message.
    package func share(_ frame: Frame, from peer: Party) throws(ProtocolViolation) -> Matrix<Element> {
        try frame.require(header, of: sender, from: peer)
        var reader = CanonicalReader(frame.payload)
        var elements: [Element] = []
        do {
            for _ in 0..<header.shape[0] * header.shape[1] {
                elements.append(Element(truncatingIfNeeded: try reader.integer(Element.Magnitude.self)))
            }
            try reader.end()
        } catch {
            throw ProtocolViolation(
                header, from: peer, expected: "\(Element.bitWidth / 8) bytes a value", found: error.description)
        }
        return Matrix(rows: header.shape[0], columns: header.shape[1], elements: elements)
    }
}

extension Frame {
    /// Holds a frame to the message that must come now, of weights of the version that the receiver has.
    func require(_ expected: FrameHeader, of sender: Party, from peer: Party) throws(ProtocolViolation) {
        guard peer == sender, header == expected else {
            throw ProtocolViolation(
                header, from: peer,
                expected: "\(expected.step) of \(sender) with the sizes agreed on\(expected.versionText)",
                found: "\(header.step), shape \(header.shape)\(header.versionText)")
        }
    }
}

extension FrameHeader {
    fileprivate var versionText: String { weightVersion.map { ", of weights after \($0) updates" } ?? "" }
}
