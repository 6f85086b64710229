// SPDX-License-Identifier: Apache-2.0

internal import CountFiles
package import TextCore

/// A pretoken and how often it occurs.
package struct PretokenCount: Sendable {
  package var pretoken: [UInt8]
  package var count: Int64
}

/// The `head` most frequent pretokens of count files, of equal ones those of lower bytes first.
///
/// - Throws: What reading throws.
/// - Complexity: O(n log `head`) time, O(`head`) memory.
package func topCounts(
  _ paths: [String], dropping dropped: [String] = [], _ head: Int
) throws(TextError) -> [PretokenCount] {
  var files = try CountFileSet(paths)
  if !dropped.isEmpty { try files.drop(dropped) }
  var merge = try files.merge()
  // Rows come by ascending bytes, so that of equal counts those that are here stay before.
  var top: [PretokenCount] = []
  while try merge.advance() {
    let count = try merge.occurrences()
    if top.count == head, let last = top.last, last.count >= count { continue }
    var low = 0
    var high = top.count
    while low < high {
      let middle = (low + high) / 2
      if top[middle].count >= count { low = middle + 1 } else { high = middle }
    }
    top.insert(PretokenCount(pretoken: merge.pretoken.makeArray(), count: count), at: low)
    if top.count > head { top.removeLast() }
  }
  return top
}
