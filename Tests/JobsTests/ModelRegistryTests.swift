import AuditedFederation
import Foundation
import Jobs
import Specification
import Testing

/// What parties know of the models that they have halves of.
@Suite struct ModelRegistryTests {
    private let survey: Survey

    init() throws {
        survey = try Survey()
        _ = try survey.run()
        _ = try survey.run("train.epochs=2")
    }

    private func state(_ place: Int) -> String { survey.files[place].state }

    private func entries(_ place: Int) throws -> [ModelEntry] {
        try ModelRegistry(state: state(place), party: survey.parties[place]).entries()
    }

    @Test func keptHalvesAreListed() throws {
        let (label, feature) = (try entries(0), try entries(1))
        #expect(label.map(\.version) == [1, 2] && feature.map(\.name) == label.map(\.name))
        for (place, entry) in [(0, label[1]), (1, feature[1])] {
            #expect(entry.job == "made-up" && entry.kind == "logistic" && entry.protection == "blind")
            #expect(entry.partners == [survey.parties[1 - place]])
            #expect(entry.role == ["label", "feature"][place])
            #expect(entry.hash.count == 64 && entry.name.hasPrefix(entry.hash.prefix(12)))
        }
        let page = label[1].text
        #expect(page.hasPrefix("made-up@2  \(label[1].name)  logistic"))
        #if SQLite
        #expect(label.allSatisfy { $0.rows == 400 && $0.metrics?.auc != nil })
        #expect(feature.allSatisfy { $0.rows == 400 && $0.metrics == nil })
        let mode = try FileManager.default.attributesOfItem(atPath: state(0) + "/models.db")[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #endif
    }

    @Test func halvesCount() throws {
        let before = try entries(0)
        let half = "\(state(0))/models/\(before[0].name).model"
        try FileManager.default.moveItem(atPath: half, toPath: half + ".away")
        #expect(try entries(0).map(\.name) == [before[1].name])
        #if SQLite
        #expect(try entries(0).map(\.version) == [2])
        #endif
        try FileManager.default.moveItem(atPath: half + ".away", toPath: half)
        #expect(try entries(0) == before)
    }

    #if SQLite
    @Test func aTableThatIsGoneIsMadeAnew() throws {
        let before = try entries(0)
        try FileManager.default.removeItem(atPath: state(0) + "/models.db")
        let after = try entries(0)
        #expect(Set(after.map(\.name)) == Set(before.map(\.name)) && after.map(\.version) == [1, 2])
        #expect(after.allSatisfy { $0.rows == nil && $0.metrics == nil && $0.kind == "logistic" })
        // Models that come later have what is known of them again, and the next version.
        _ = try survey.run("train.epochs=3")
        let last = try #require(try entries(0).last)
        #expect(last.version == 3 && last.rows == 400 && last.metrics?.auc != nil)
    }

    @Test func aTableThatIsNoneIsSaidToBe() throws {
        try Data(repeating: 7, count: 4096).write(to: URL(filePath: state(0) + "/models.db"))
        let error = try #require(throws: StateError.self) { try entries(0) }
        #expect("\(error)".contains("models.db") && "\(error)".contains("deleted"))
        // A job is done all the same.
        let report = try survey.run("train.epochs=3")
        #expect(report.notes.contains { $0.contains("registry") })
    }
    #endif
}
