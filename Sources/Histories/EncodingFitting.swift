internal import Preparation

extension HistoryEncoding {
    /// Learns an encoding from events before a moment. Memory: 16 bytes an event for one field at a time; and of a field of categories 8 bytes
    /// for each text, and a string for each that gets a code, which stays.
    ///
    /// - Parameter moment: The latest moment of the training rows, so that nothing is learned from what came after all of them.
    /// - Throws: ``HistoriesError/noEvents(file:before:)``.
    public init(
        fitting log: EventLog, before moment: Int, _ options: Options = Options()
    ) throws(HistoriesError) {
        let places = log.places(before: moment)
        guard places.contains(where: { !$0.isEmpty }) else {
            throw .noEvents(file: log.file, before: log.moment(Int64(moment)))
        }
        fields = zip(log.fields, log.values).map { field, values in
            switch values {
            case .texts(let codes, let names):
                Self.field(field.name, log.gathered(places) { codes[$0] }, names, options)
            case .numbers(let numbers):
                Self.field(field.name, log.gathered(places) { Double(numbers[$0]) }, options)
            }
        }.map { $0.asked(by: log) }
        let gaps = log.gaps(places)
        gap = Self.gap(gaps, options).asked(by: log)
        timeUnit = Float(max(1, Self.median(gaps) ?? 1))
    }

    /// A category has a code if it is common enough; the commonest ones first, of several alike the first by its bytes.
    private static func field(
        _ name: String, _ codes: [UInt32], _ names: TextNumbers, _ options: Options
    ) -> Field {
        // There may be as many texts as events: numbers of 4 bytes, sorted in place.
        var counts = [UInt32](repeating: 0, count: names.count + 1)
        for code in codes { counts[Int(code)] += 1 }
        let least = max(1, Int((options.rare * Double(codes.count)).rounded(.up)))
        var common: [UInt32] = []
        for code in 1..<counts.count where Int(counts[code]) >= least { common.append(UInt32(code)) }
        common.sort {
            let (left, right) = (Int($0), Int($1))
            return counts[left] != counts[right]
                ? counts[left] > counts[right] : names[left - 1].lexicographicallyPrecedes(names[right - 1])
        }
        if common.count >= options.codes { common.removeLast(common.count - options.codes + 1) }
        let others = codes.count - common.reduce(0) { $0 + Int(counts[Int($1)]) }
        return Field(
            name: name, coding: .texts(common.map { String(decoding: names[Int($0) - 1], as: UTF8.self) }),
            isPredicted: common.count + (others > 0 ? 1 : 0) > 1)
    }

    /// Bins of about equally many events, and what standardises.
    private static func field(_ name: String, _ numbers: [Double], _ options: Options) -> Field {
        let (count, missing) = numbers.reduce(into: (0, 0)) { if $1.isNaN { $0.1 += 1 } else { $0.0 += 1 } }
        let mean = numbers.reduce(0) { $1.isNaN ? $0 : $0 + $1 } / Double(max(count, 1))
        let squares = numbers.reduce(0) { $1.isNaN ? $0 : $0 + ($1 - mean) * ($1 - mean) }
        let deviation = (squares / Double(max(count, 1))).squareRoot()
        let coding = NumberCoding(
            edges: Bins.equalFrequency(numbers, count: options.bins), mean: mean,
            deviation: deviation > 0 ? deviation : 1)
        return Field(
            name: name, coding: .numbers(coding),
            isPredicted: coding.edges.count + min(count, 1) + min(missing, 1) > 1)
    }

    /// Bins of gaps. That an entity's first event has none says nothing that is to be predicted.
    private static func gap(_ gaps: [Double], _ options: Options) -> Field {
        field(gapName, gaps.filter { !$0.isNaN }, options)
    }

    /// The middle one, or halfway between the two in the middle; `nil` where all are missing.
    private static func median(_ numbers: [Double]) -> Double? {
        let sorted = numbers.filter { !$0.isNaN }.sorted()
        guard !sorted.isEmpty else { return nil }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? sorted[middle - 1] / 2 + sorted[middle] / 2 : sorted[middle]
    }
}

extension HistoryEncoding.Field {
    /// Not to be predicted unless the party asks for it.
    fileprivate func asked(by log: EventLog) -> Self {
        var field = self
        field.isPredicted = isPredicted && log.predicted.map { $0.contains(name) } ?? true
        return field
    }
}
