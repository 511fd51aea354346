import Histories
import Scratch
import Testing

@Suite struct SummaryTests {
    @Test func whatAPersonReads() throws {
        let folder = try Folder()
        let source = try folder.source(
            "who,time,x,hour\na,2013-01-01,1,5\nb,2013-01-02 10:00:00,2,6\na,2013-01-03,3,7\n,2013-01-01,9,9\nc,2013-01-02,,\n",
            fields: ["x", "hour"], types: ["hour": .category])
        let table = try folder.table("id,who,at\n1,a,2013-01-02\n2,b,2013-01-01\n3,c,2013-02-01\n4,d,2013-02-01\n")
        let summary = try HistorySummary(source, of: table, in: WorkingSpace(folder: folder.path))
        #expect(
            summary.lines == [
                "h: \(folder.path)/events.csv",
                "  4 events by time, from 2013-01-01T00:00:00Z to 2013-01-03T00:00:00Z, 1 more without who left out",
                "  3 histories by who, the longest of 2 events, the median of 1",
                "  fields: x number; hour category, as party.yaml says",
                "  2 of 4 rows, by who, see events from before at",
            ])
    }
}
