/// Which rows an attacker knows from elsewhere, in one draw after the other.
///
/// With 40 known labels one draw of a null advantage is some 0.08 from the next, so a hundred draws and more are needed to tell
/// 0.01 from nothing. They are different rows as long as these last: then what is learned from them is independent, and the
/// standard error of the mean over draws means what it says. What all draws share, chance correlations among the rows that are
/// there, shifts the mean by about one over their number.
enum KnownRows {
    /// Of few rows, draws that share some.
    private static let fewestDraws = 16
    /// Known rows in all draws: models of more of them would take minutes.
    private static let most = 25_600

    static func draws(of known: Int, from rows: Int) -> Int { max(fewestDraws, min(rows, most) / known) }

    /// So many draws of so many rows, cut from the shuffled rows; shuffled anew where these are used up.
    static func cut(_ rows: [Int], into known: Int, draws: Int, _ name: String) -> [[Int]] {
        precondition(known > 0 && rows.count >= known, "as many rows as are known")
        let fitting = rows.count / known
        var order: [Int] = []
        return (0..<draws).map { draw in
            if draw % fitting == 0 {
                var random = SplitMix64(name, draw / fitting)
                order = random.permutation(rows.count)
            }
            let start = draw % fitting * known
            return order[start..<start + known].map { rows[$0] }
        }
    }
}

extension Visits {
    /// Scores in all draws: many draws score fewer visits each.
    private static let mostScores = 800_000

    /// Places of the visits that are scored in a draw: all, or every other, every third and so on, over draws each as often.
    func scored(in draw: Int, of draws: Int) -> [Int] {
        let step = max(1, (count * draws + Self.mostScores - 1) / Self.mostScores)
        return Array(stride(from: draw % step, to: count, by: step))
    }

    /// Places of each row's visits.
    var placesOfRows: [Int: [Int]] { Dictionary(grouping: rows.indices) { rows[$0] } }
}
