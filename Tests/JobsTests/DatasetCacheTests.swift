import Foundation
import Jobs
import PostgresServer
import RowSources
import Scratch
import Synchronization
import Testing

/// When a party's data are read again.
@Suite struct DatasetCacheTests {
    private final class Readings: Sendable {
        let count = Mutex(0)

        func cache(_ rows: RowOrigin, patience: Duration = .seconds(60)) -> DatasetCache {
            let source = PartyFile.DataSource(name: "data", rows: rows, key: ["id"], types: [:])
            return DatasetCache(source, in: WorkingSpace(), patience: patience) { _ in self.count.withLock { $0 += 1 } }
        }
    }

    @Test func aFileIsReadAgainOnceItHasChanged() throws {
        let path = NSTemporaryDirectory() + "colonnade-cache-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        let readings = Readings()
        let cache = readings.cache(.csv(file: path))
        try "id,x\na,1\n".write(toFile: path, atomically: false, encoding: .utf8)
        for _ in 0..<3 { #expect(try cache.dataset().table.rowCount == 1) }
        #expect(readings.count.withLock { $0 } == 1)
        #expect(try cache.dataset(modelTypes: ["x": .category]).table.column("x").type == .category)
        #expect(readings.count.withLock { $0 } == 2)
        try "id,x\na,1\nb,2\n".write(toFile: path, atomically: false, encoding: .utf8)
        for _ in 0..<3 { #expect(try cache.dataset().table.rowCount == 2) }
        #expect(readings.count.withLock { $0 } == 3)
    }

    #if PostgreSQL
    @Test func aServersRowsMayBeAMinuteOld() async throws {
        try await PostgresServer.with { server in
            try server.run("CREATE TABLE t (id text); INSERT INTO t VALUES ('a')")
            let origin = RowOrigin.postgres(connection: server.connection, .table("t"))
            let (patient, exact) = (Readings(), Readings())
            let caches = (patient.cache(origin), exact.cache(origin, patience: .zero))
            for _ in 0..<3 {
                #expect(try caches.0.dataset().table.rowCount == 1)
                #expect(try caches.1.dataset().table.rowCount == 1)
            }
            #expect(patient.count.withLock { $0 } == 1)
            #expect(exact.count.withLock { $0 } == 1, "nothing was written")
            try server.run("INSERT INTO t VALUES ('b')")
            #expect(try caches.0.dataset().table.rowCount == 1)
            #expect(try caches.1.dataset().table.rowCount == 2)
            #expect(exact.count.withLock { $0 } == 2)
        }
    }
    #endif
}
