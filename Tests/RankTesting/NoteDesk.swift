import Foundation

/// Hands the notes of work on another thread to whoever waits for it, one at a time, as a party's socket does.
package final class NoteDesk: @unchecked Sendable {
    // unchecked: everything is read and written under the condition's lock
    private let condition = NSCondition()
    private var note: [UInt8]?
    private var answer: Bool?
    private var result: Result<[UInt8], any Error>?

    /// Runs work elsewhere and answers its notes here.
    package static func run(
        answering answer: ([UInt8]) -> Bool,
        _ work: @escaping @Sendable (_ note: @escaping @Sendable ([UInt8]) -> Bool) throws -> [UInt8]
    ) throws -> [UInt8] {
        let desk = NoteDesk()
        Thread.detachNewThread {
            let result = Result { try work { desk.take($0) } }
            desk.change { $0.result = result }
        }
        while true {
            desk.condition.lock()
            while desk.note == nil, desk.result == nil { desk.condition.wait() }
            let (note, result) = (desk.note, desk.result)
            desk.note = nil
            desk.condition.unlock()
            if let note {
                let goesOn = answer(note)
                desk.change { $0.answer = goesOn }
            } else if let result {
                return try result.get()
            }
        }
    }

    private func change(_ body: (NoteDesk) -> Void) {
        condition.lock()
        body(self)
        condition.broadcast()
        condition.unlock()
    }

    private func take(_ text: [UInt8]) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        note = text
        condition.broadcast()
        while answer == nil { condition.wait() }
        defer { answer = nil }
        return answer ?? false
    }
}
