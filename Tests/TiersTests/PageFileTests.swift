import Foundation
import Glibc
import Testing
import Tiers

@Suite struct PageFileTests {
    static let folder = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"

    @Test func pagesHoldWhatWasWritten() throws {
        let file = try PageFile(in: Self.folder, pages: 8, pageBytes: 8192)
        let three = Memory(3 * 8192)
        let one = Memory(8192)
        one.fill(1)
        let first = file.write(7, from: one.start)
        three.fill(2)
        try file.wait(file.write(2..<5, from: three.start))
        try file.wait(first)
        try file.wait(file.read(7, into: one.start))
        #expect(one.holds(1))
        try file.wait(file.read(3, into: one.start))
        #expect(memcmp(one.start, three.start + 8192, 8192) == 0)
        try file.wait(file.read(0, into: one.start))
        #expect(one.bytes.allSatisfy { $0 == 0 }, "never written")
        three.bytes.initializeMemory(as: UInt8.self, repeating: 1)
        try file.wait(file.read(2..<5, into: three.start))
        #expect(three.holds(2))
        let counters = file.counters
        #expect(counters.bytesWritten == 4 * 8192 && counters.bytesRead == 6 * 8192)
        #expect(counters.busy > .zero)
    }

    @Test func transfersEndInOrder() throws {
        let file = try PageFile(in: Self.folder, pages: 4, pageBytes: 4096, rate: 4e5, depth: 3)
        // Each reads what the one before it wrote, though none was waited for.
        let pages = (0..<8).map { _ in Memory(4096) }
        pages[0].fill(9)
        var transfers: [Transfer] = []
        for step in 0..<7 {
            transfers.append(file.write(step % 4, from: pages[step].start))
            transfers.append(file.read(step % 4, into: pages[step + 1].start))
        }
        try file.wait(transfers[3])
        #expect(transfers[...3].allSatisfy(file.hasEnded))
        try file.wait(transfers[13])
        #expect(pages[7].holds(9))
        #expect(file.counters.stalled > .zero, "the queue holds 3")
    }

    @Test func aRateHoldsAndChangesAtOnce() throws {
        let file = try PageFile(in: Self.folder, pages: 4, pageBytes: 1 << 18, rate: 1e7)
        let memory = Memory(1 << 20)
        let clock = ContinuousClock()
        let slow = try clock.measure { try file.wait(file.write(0..<4, from: memory.start)) }
        #expect(slow > .milliseconds(103) && file.counters.busy > .milliseconds(103), "\(slow)")
        // A quarter of an hour, if it stayed.
        file.rate = 1e3
        let transfer = file.write(0..<4, from: memory.start)
        usleep(20_000)
        #expect(!file.hasEnded(transfer))
        file.rate = nil
        try file.wait(transfer)
        #expect(file.rate == nil && file.counters.bytesWritten == 2 << 20)
    }

    @Test func itsEndEndsWhatWasBegun() throws {
        let memory = Memory(1 << 16)
        memory.bytes.initializeMemory(as: UInt8.self, repeating: 7)
        let time = try ContinuousClock().measure {
            // A quarter of a minute, if the rate held to the end.
            let file = try PageFile(in: Self.folder, pages: 16, pageBytes: 4096, rate: 4e3)
            for page in 0..<16 { _ = file.read(page, into: memory.start + 4096 * page) }
        }
        #expect(memory.bytes.allSatisfy { $0 == 0 } && time < .seconds(8))
    }

    @Test func severalThreadsShareAFile() throws {
        let file = try PageFile(in: Self.folder, pages: 64, pageBytes: 4096, depth: 4)
        let failures = Memory(8)
        nonisolated(unsafe) let flags = failures.start.bindMemory(to: UInt8.self, capacity: 8)  // One byte a thread.
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            let memory = Memory(4096)
            for round in 0..<16 {
                let page = thread * 8 + round % 8
                memory.fill(thread * 100 + round)
                let write = file.write(page, from: memory.start)
                // Looked at while others are at work.
                if file.counters.transfers > 256 || file.rate != nil { flags[thread] = 1 }
                _ = file.hasEnded(write)
                guard (try? file.wait(write)) != nil else { return flags[thread] = 1 }
                memory.bytes.initializeMemory(as: UInt8.self, repeating: 0)
                guard (try? file.wait(file.read(page, into: memory.start))) != nil else { return flags[thread] = 1 }
                if !memory.holds(thread * 100 + round) { flags[thread] = 1 }
            }
        }
        #expect(failures.bytes.allSatisfy { $0 == 0 })
    }

    @Test func itHasNoNameAndOnlyItsOwnerCanReadIt() throws {
        let folder = Self.folder + "/colonnade-pages-\(getpid())"
        defer { rmdir(folder) }
        let file = try PageFile(in: folder, pages: 3, pageBytes: 4096)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        var status = stat()
        #expect(stat(folder, &status) == 0 && status.st_mode & 0o777 == 0o700)
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter {
            let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
            return path?.hasPrefix(folder + "/") ?? false
        }
        let descriptor = try #require(open.first.flatMap { Int32($0) })
        #expect(fstat(descriptor, &status) == 0 && status.st_mode & 0o777 == 0o600 && status.st_nlink == 0)
        #expect(status.st_size == 3 * 4096 && status.st_blocks * 512 >= 3 * 4096, "its space is taken")
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        withExtendedLifetime(file) {}
    }

    @Test func filesInMemoryAreNotDirect() throws {
        guard access("/dev/shm", W_OK) == 0 else { return }
        let file = try PageFile(in: "/dev/shm", pages: 2, pageBytes: 4096)
        #expect(!file.isDirect)
        let memory = Memory(4096)
        memory.fill(4)
        try file.wait(file.write(1, from: memory.start))
        memory.bytes.initializeMemory(as: UInt8.self, repeating: 0)
        try file.wait(file.read(1, into: memory.start))
        #expect(memory.holds(4))
    }

    @Test func errorsNameTheFolderTheCauseAndWhatToDo() {
        let missing = Self.folder + "/colonnade-no/such"
        #expect(throws: TierError.file(folder: missing, action: "made", offset: nil, code: ENOENT)) {
            _ = try PageFile(in: missing, pages: 1)
        }
        #expect(
            "\(TierError.file(folder: "/x", action: "read", offset: 4096, code: EIO))"
                == "a file of pages in /x cannot be read at byte 4096: Input/output error; see to that disk, or name another folder"
        )
        do {
            _ = try PageFile(in: Self.folder, pages: 1 << 40)
            Issue.record("an exbibyte")
        } catch {
            guard case .full(Self.folder, 1 << 60, let free) = error else {
                Issue.record(error)
                return
            }
            #expect(free > 0 && "\(error)".contains("free some"))
        }
    }

    @Test func afterAFailureNothingIsCarriedOut() throws {
        // Memory that is not there fails with EFAULT.
        let page = 4096
        let file = try PageFile(in: Self.folder, pages: 4, pageBytes: page)
        let hole = mmap(nil, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!  // Of this test alone.
        defer { munmap(hole, page) }
        let memory = Memory(page)
        memory.fill(1)
        let good = file.write(0, from: memory.start)
        let bad = file.write(1, from: hole)
        let late = file.read(0, into: memory.start)
        try file.wait(good)
        let expected = TierError.file(folder: Self.folder, action: "written", offset: page, code: EFAULT)
        #expect(throws: expected) { try file.wait(bad) }
        #expect(throws: expected) { try file.wait(late) }
        #expect(throws: expected) { try file.wait(file.read(0, into: memory.start)) }
        #expect(file.counters.bytesRead == 0 && file.counters.bytesWritten == page)
    }
}
