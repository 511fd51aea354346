/// What is wrong with a plan.
public enum PlanFault: Error, Equatable {
    case countsDiffer(offsets: Int, buffers: Int)
    case misplaced(buffer: String, offset: Int, alignment: Int)
    /// Two buffers that live at once share bytes.
    case overlap(String, String)
    case beyondCapacity(buffer: String, end: Int, capacity: Int)
    /// The certificate's peak is not that of the offsets.
    case wrongPeak(stated: Int, actual: Int)
    /// The certificate's lower bound is above what the plan itself needs.
    case wrongLowerBound(stated: Int, peak: Int)
}

extension PlanFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .countsDiffer(let offsets, let buffers): "\(offsets) offsets for \(buffers) buffers"
        case .misplaced(let buffer, let offset, let alignment):
            "buffer \(buffer): the offset \(offset) is not a multiple of \(alignment), or below 0"
        case .overlap(let one, let other): "buffers \(one) and \(other) live at once and share bytes"
        case .beyondCapacity(let buffer, let end, let capacity):
            "buffer \(buffer) ends at \(end), beyond the capacity of \(capacity)"
        case .wrongPeak(let stated, let actual): "the certificate says a peak of \(stated), the plan has \(actual)"
        case .wrongLowerBound(let stated, let peak):
            "the certificate says that \(stated) bytes are needed, the plan needs \(peak)"
        }
    }
}

extension AllocationPlan {
    /// Checks every pair of buffers, by the definition and by nothing that plans are made with.
    ///
    /// That the lower bound is not too high is only checked as far as the plan itself shows it.
    ///
    /// Complexity: O(n^2).
    public func check(against problem: AllocationProblem) throws(PlanFault) {
        let buffers = problem.buffers
        guard offsets.count == buffers.count else {
            throw .countsDiffer(offsets: offsets.count, buffers: buffers.count)
        }
        var peak = 0
        for (index, buffer) in buffers.enumerated() {
            let (start, end) = (offsets[index], offsets[index] + buffer.size)
            guard start >= 0, start % buffer.alignment == 0 else {
                throw .misplaced(buffer: buffer.id, offset: start, alignment: buffer.alignment)
            }
            if let capacity = problem.capacity, end > capacity {
                throw .beyondCapacity(buffer: buffer.id, end: end, capacity: capacity)
            }
            for other in 0..<index where buffer.lower < buffers[other].upper && buffers[other].lower < buffer.upper {
                guard end <= offsets[other] || offsets[other] + buffers[other].size <= start else {
                    throw .overlap(buffers[other].id, buffer.id)
                }
            }
            peak = max(peak, end)
        }
        guard peak == certificate.peak else { throw .wrongPeak(stated: certificate.peak, actual: peak) }
        guard certificate.lowerBound <= peak else {
            throw .wrongLowerBound(stated: certificate.lowerBound, peak: peak)
        }
    }
}
