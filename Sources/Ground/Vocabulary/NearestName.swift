/// Finds what someone probably meant: the known name that takes the fewest slips of the keyboard to reach from a wrong one.

/// The name in `known` that is closest to `name`, or nil when none is close enough to be a slip: at most a third of its
/// letters may be wrong, and never more than six. Of equally close names the first in alphabetical order is taken.
package func nearestName(to name: String, in known: some Sequence<String>) -> String? {
    let wrong = Array(name.lowercased().utf8)
    let limit = min(6, max(1, wrong.count / 3))
    var best: (distance: Int, name: String)?
    for candidate in known {
        let letters = Array(candidate.lowercased().utf8)
        guard abs(letters.count - wrong.count) <= limit else { continue }
        let distance = editDistance(wrong, letters, limit: best.map { min(limit, $0.distance) } ?? limit)
        guard distance <= limit else { continue }
        if let found = best, (found.distance, found.name) <= (distance, candidate) { continue }
        best = (distance, candidate)
    }
    return best?.name
}

/// How many letters must be put in, taken out, replaced or swapped with their neighbour to come from one text to the other
/// (optimal string alignment). Stops with `limit + 1` as soon as it is sure to be over `limit`.
package func editDistance(_ from: [UInt8], _ to: [UInt8], limit: Int) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...to.count)
    for row in 0..<from.count {
        var current = [row + 1]
        current.reserveCapacity(to.count + 1)
        for column in 0..<to.count {
            var cost = last[column] + (from[row] == to[column] ? 0 : 1)
            cost = min(cost, last[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, from[row] == to[column - 1], from[row - 1] == to[column] {
                cost = min(cost, beforeLast[column - 1] + 1)
            }
            current.append(cost)
        }
        if current.allSatisfy({ $0 > limit }) && last.allSatisfy({ $0 > limit }) { return limit + 1 }
        beforeLast = last
        last = current
    }
    return last[to.count]
}
