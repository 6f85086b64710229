// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// The documents of a set of token files one after the other, over all shards.
package struct DocumentStream: ~Copyable {
  private let shards: [TokenShard]
  private var nextShard = 0
  private var cursor: DocumentCursor?

  package init(_ reader: TokenFileReader) { shards = reader.shards }

  /// Replaces `ids` by those of the next document; returns false, after the last checks, if there is
  /// none.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  package mutating func next(into ids: inout TokenBuffer) throws(TextError) -> Bool {
    while true {
      if try cursor?.next(into: &ids) == true { return true }
      cursor = nil
      guard nextShard < shards.count else { return false }
      cursor = try DocumentCursor(shards[nextShard])
      nextShard += 1
    }
  }
}
