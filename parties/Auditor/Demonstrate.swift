import ArgumentParser
import Demonstrations

/// `colonnade-audit demonstrate ATTACK`.
struct Demonstrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what opening Z gives away, by attacking two small jobs.",
        discussion: """
            Runs two jobs on random data in this process, one far over the exposure ledger's limit and one within it, with real
            keys; attacks both from the label party's view and prints what was recovered. Takes seconds.

            gram         the inner products of the feature party's rows with each other
            known-rows   the feature party's features, when 40 or 400 of its rows are known
            column-span  the feature party's part of Z, with nothing else
            """)

    @Argument(help: "gram, known-rows or column-span.", transform: Self.attack)
    var attack: OpenedSumAttack

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let demonstration = try OpenedSumDemonstration(attack)
        print(json ? try encoded(demonstration) : demonstration.text)
    }

    private static func attack(named name: String) throws -> OpenedSumAttack {
        guard let attack = OpenedSumAttack(rawValue: name) else {
            let names = OpenedSumAttack.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("no attack '\(name)'; there are \(names)")
        }
        return attack
    }
}
