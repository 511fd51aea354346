internal import Shares

/// What a job gives away by design: printed before it is approved, in every report and in every transcript.
public enum Leakage {
    /// One sentence a line.
    public static func sentences(of job: Job) -> [String] {
        var sentences = alignment(of: job)
        sentences.append(
            "Every party learns shapes, batch sizes, the order of the rows, the number of rounds and their timing.")
        if job.announcesSplit, let split = job.evaluate.split {
            sentences.append(
                "\(job.labelParty) tells every party which common rows are trained on, validate and test, and with that what its column "
                    + "'\(split.column ?? "")' says of them (\(split.by.rawValue)).")
        }
        if job.predict == nil, job.train.earlyStopping != nil {
            sentences.append(
                "After every epoch the rows that validate are opened once more, and every party learns whether the epoch was the best so far "
                    + "and whether it was the last.")
        }
        switch job.protection {
        case .blind:
            sentences.append(
                "\(job.labelParty) opens Z, the sum of all parties' products with the weights, for every batch. Against "
                    + "everything else, no party's products are shown one by one; but Z, less \(job.labelParty)'s own part, is "
                    + "the others' sum up to a blur no larger than the first weights, and it gives away more with every "
                    + "opening: once more rows were opened under one weight than \(job.labelParty) has columns, it learns "
                    + "the other parties' part of them, and over many openings relations between their rows. The exposure "
                    + "ratio limits this; it is an indicator, not a proof.")
            if job.featureParties.count == 1 {
                sentences.append(
                    "With one feature party there is nobody to hide its part of the sum among.")
            } else {
                sentences.append(
                    "\(job.labelParty) together with all feature parties but one learns that one's part of the sum.")
            }
            if job.embeds {
                sentences.append(
                    "Every party learns how many categorical fields each other one embeds, and how many categories they have "
                        + "together. Rows with equal categories at all parties add equal amounts to Z.")
            }
            switch job.touchedRows {
            case .dense: break
            case .padded:
                sentences.append(
                    "In every round each party lists to its partner which rows of its weights and tables travel: those that its "
                        + "batch uses, hidden among at least as many others. Over many rounds, rows that are used often stand out."
                )
            case .open:
                sentences.append(
                    "In every round each party lists to its partner which rows of its weights and tables its batch uses, hidden "
                        + "among few others or none: categories and columns of single batches can be read from the lists."
                )
            }
            sentences += statistics(of: job) + correlations(of: job) + histories(of: job)
            sentences.append("Parties are trusted to follow the protocol; a party that does not may learn more.")
        case .none:
            sentences.append(
                "UNPROTECTED: activations and gradients travel in the clear; \(job.labelParty)'s labels can be read from the "
                    + "gradients, and features from the activations. For comparison only.")
            sentences += histories(of: job)
        }
        return sentences
    }

    /// What bins of columns give away.
    private static func statistics(of job: Job) -> [String] {
        job.statisticsPartners.map { party in
            "\(job.labelParty) learns how many training rows fall into each bin of \(party)'s columns and how many of these are "
                + "events, without names of columns or bins; \(party) learns the information value of each of its columns"
                + (job.wantsWeights(party)
                    ? " and, by the weights of evidence of its bins, the events in each: of at least \(job.minimumBin) rows, and "
                        + "of all of them where these have one label." : ".")
        }
    }

    /// What towers over histories give away.
    private static func histories(of job: Job) -> [String] {
        job.historyTowers.sorted { $0.key < $1.key }.map { party, history in
            let names = (history.histories ?? []).joined(separator: ", ")
            let sizes =
                "The coordinator learns how many events and entities there are, and how long they take to learn from."
            guard job.towers[party]?.training == .frozen else {
                return
                    "\(party)'s tower over histories (\(names)) learns at \(party), with the layers above Z and like them: nothing of it, and "
                    + "no event, is sent. What the others' weights learn depends on it as on these layers. \(sizes)"
            }
            return
                "\(party)'s tower over histories (\(names)) learns from \(party)'s own events, without labels, and no event is sent. What it "
                + "gives of a row are columns like all others, and say of the row's history what Z gives away of columns; each of them counts "
                + "in the exposure ratio. \(sizes)"
        }
    }

    /// What correlations give away.
    private static func correlations(of job: Job) -> [String] {
        guard job.asksCorrelations else { return [] }
        return [
            "Every party learns how many numeric columns each other one brings. \(job.labelParty) learns the correlation of each two of "
                + "them over the training rows, without names: with a column of its own that marks a row, that is the other column's number "
                + "in that row. Every feature party learns of its own columns how far they follow from all others together, which of them "
                + "stay, and why the others do not."
        ]
    }

    /// What finding the common ids gives away.
    private static func alignment(of job: Job) -> [String] {
        if let name = job.align.reuse {
            return ["Rows are those that job \(name) has aligned: of ids nobody learns more than it did then."]
        }
        var sentences: [String]
        switch job.align.result {
        case .all where job.featureParties.count == 1:
            sentences = ["Every party learns how many ids the other offers, and which of its own ids both have."]
        case .all:
            sentences = [
                "Every party learns how many ids each other one offers, and which of its own ids all parties have; of what any "
                    + "fewer have in common it learns nothing. \(job.labelParty) together with some of the others learns which of "
                    + "its ids all the remaining ones have."
            ]
        case .label(let decoys, let multiple):
            sentences = [
                "Every party learns how many ids the other offers. \(job.labelParty) learns which of its own ids both have; "
                    + "\(job.featureParties[0]) learns a list of its rows of which one in \(1 + (Double(decoys) ?? 0)) is common"
                    + (multiple > 1 ? ", rounded up to a multiple of \(multiple)" : "")
                    + ". Several jobs with other decoys show by what they have in common which rows are no decoys. The products of "
                    + "decoys with the weights are opened like those of all rows."
            ]
        }
        sentences.append(
            "A party can put in ids that it has only guessed, and learns of them what it learns of its own: each is a question whether "
                + "somebody is among the other's rows.")
        return sentences
    }

    /// The same for a transcript's header, with the numbers that the protection rests on.
    static func statements(of job: Job) -> [String: String] {
        var statements = Dictionary(
            uniqueKeysWithValues: sentences(of: job).enumerated().map { ("leakage-\($0.offset + 1)", $0.element) })
        statements["protection"] = job.protection.rawValue
        if job.protection == .blind {
            statements["cipher"] = "Paillier, \(job.keys.bits)-bit modulus"
            statements["scale"] = "2^\(FixedPoint.fractionBits)"
            statements["share-ring"] = "2^64"
            statements["statistical-hiding"] = "2^-120 a value, 2^-80 a job"
            statements["touched-rows"] = job.touchedRows.rawValue
            if job.embeds { statements["share-ring-of-embeddings"] = "2^128" }
        }
        return statements
    }
}
