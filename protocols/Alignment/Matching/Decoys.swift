internal import Cryptography

/// Rows that are named beside the common ones, so that who is told all of them cannot say of any that its id is common.
///
/// Drawn from what the session's secret gives and from public sizes: the same again where a bucket begins again, for decoys that
/// change would show themselves by changing. Several jobs with decoys of their own show by their intersection what is common.
struct Decoys {
    private let perThousand: Int
    private let multiple: Int
    private let secret: SecretBytes

    init(perThousand: Int, multiple: Int, secret: SecretBytes) {
        (self.perThousand, self.multiple, self.secret) = (perThousand, multiple, secret)
    }

    /// The common positions of a list of `count` and decoys among the others, ascending.
    func added(to common: [Int], of count: Int, bucket: Int) throws -> [Int] {
        let wanted = (common.count * perThousand + 999) / 1000
        let whole = (common.count + wanted + multiple - 1) / multiple * multiple
        let isCommon = Set(common)
        let order = try KeyedRandomSource(key: secret).stream("decoys/\(bucket)").permutation(of: count)
        let decoys = order.lazy.map(Int.init).filter { !isCommon.contains($0) }.prefix(max(0, whole - common.count))
        return (common + decoys).sorted()
    }
}
