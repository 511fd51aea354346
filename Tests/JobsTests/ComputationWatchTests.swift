import Coordination
import Jobs
import Synchronization
import Testing

@Suite struct ComputationWatchTests {
    /// A clock that stands still until it is moved, and what was said while it did.
    private final class Scene: Sendable {
        private let start = ContinuousClock.now
        private let seconds = Mutex(0)
        private let said = Mutex<[ControlMessage.Progress]>([])

        func watch() -> ComputationWatch {
            ComputationWatch(patience: .seconds(10), now: { self.start + .seconds(self.seconds.withLock { $0 }) }) {
                progress in self.said.withLock { $0.append(progress) }
            }
        }

        func wait(_ time: Int) { seconds.withLock { $0 += time } }

        /// What was said since this was asked last.
        func news() -> [ControlMessage.Progress] {
            said.withLock { said in
                defer { said = [] }
                return said
            }
        }
    }

    private let scene = Scene()

    @Test func progressPassesAsItIs() {
        let watch = scene.watch()
        let progress = ControlMessage.Progress(stage: .train, done: 3, of: 9, loss: 0.5, bytes: 70, note: "a note")
        watch.tell(progress)
        #expect(scene.news() == [progress])
    }

    @Test func quickComputationsAreNotSpokenOf() {
        let watch = scene.watch()
        scene.wait(1000)
        for _ in 0..<3 {
            for part in 1...10 {
                watch.advance(part, of: 10)
                scene.wait(1)
            }
        }
        #expect(scene.news().isEmpty)
    }

    @Test func notesComeAfterThePatienceAndNoMoreOftenThanThat() {
        let watch = scene.watch()
        watch.tell(.init(stage: .evaluate, done: 2, of: 5, bytes: 7, note: "an old note"))
        _ = scene.news()
        var notes: [Int: ControlMessage.Progress] = [:]
        // A part in every four seconds: the first one is over at 0.
        for part in 1...10 {
            watch.advance(part, of: 10)
            let news = scene.news()
            #expect(news.count <= 1)
            notes[part] = news.first
            scene.wait(4)
        }
        // At 12, 24 and 36 seconds; the last of these is the computation's end.
        #expect(notes.keys.sorted() == [4, 7])
        for (part, left) in [(4, 18), (7, 11)] {
            #expect(
                notes[part]
                    == .init(
                        stage: .evaluate, done: 2, of: 5, bytes: 7,
                        note: "computing under encryption: \(part * 10) %, \(left) s left of this step"))
        }
        // The next computation begins anew.
        watch.advance(1, of: 10)
        scene.wait(9)
        watch.advance(2, of: 10)
        #expect(scene.news().isEmpty)
        scene.wait(2)
        watch.advance(3, of: 10)
        #expect(scene.news().map(\.note) == ["computing under encryption: 30 %, 26 s left of this step"])
    }

    @Test func aNoteSpeaksOfWhereTheJobIsNow() {
        let watch = scene.watch()
        watch.advance(1, of: 4)
        watch.tell(.init(stage: .train, done: 1, of: 2))
        watch.tell(.init(stage: .train, done: 2, of: 2, loss: 0.25))
        _ = scene.news()
        scene.wait(11)
        watch.advance(2, of: 4)
        let news = scene.news()
        #expect(news.map(\.stage) == [.train] && news.map(\.done) == [2] && news.map(\.loss) == [0.25])
    }
}
