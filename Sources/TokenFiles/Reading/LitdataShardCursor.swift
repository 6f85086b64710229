// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Goes once through the items of a litdata chunk.
struct LitdataShardCursor: ~Copyable {
  private let type: TokenType
  private var items: OffsetCursor
  private var scratch = ByteBuffer()

  /// Opens the chunk at `path`, whose index says that ids are of `type`.
  ///
  /// - Throws: `fileNotFound`, `readFailed`, `damagedArtefact`.
  init(_ path: String, _ type: TokenType) throws(TextError) {
    let items = try OffsetCursor(path)
    guard items.configuration.isEmpty else {
      let table = items.configuration
      throw .damaged(
        path, byte: 4, "its items begin at byte \(table.upperBound), not \(table.lowerBound)")
    }
    self.type = type
    self.items = items
  }

  /// Replaces `ids` by those of the next item; returns false, after the last check, if there is none.
  ///
  /// - Throws: `readFailed`, `damagedArtefact`.
  mutating func next(into ids: inout TokenBuffer) throws(TextError) -> Bool {
    ids.removeAll()
    guard let size = try items.nextSize() else { return false }
    let byte = items.samples.offset
    scratch.removeAll()
    try items.samples.append(bytes: size, to: &scratch)
    guard size % type.width == 0, ids.append(stored: scratch.span, as: type) else {
      throw .damaged(
        items.samples.path, byte: byte,
        "item \(items.sample) is not one of ids of type \(type.name)")
    }
    return true
  }
}
