// SPDX-License-Identifier: Apache-2.0

internal import TextCore

// A token model turns a pretoken into ids and ids into bytes. This module holds the vocabulary (the
// bytes of each id), byte-pair encoding over it, and BPE's slow oracle in Reference/.
//
// Tokens are bytes throughout: the character alphabet that vocabulary files use to spell bytes is
// the files' business (see ByteAlphabet).

/// The id of a token.
package typealias TokenID = UInt32

/// The bytes of every token, by id, and the way back.
package struct Vocabulary: Sendable {
  /// All tokens' bytes, back to back in the order of their ids, and padding for ``DecodeTable``.
  private let storage: [UInt8]
  /// Where each token's bytes start; one more than there are ids.
  private let starts: [UInt32]
  let decodeTable: DecodeTable
  /// Open addressing: id + 1, or 0 for a free slot; the size is a power of two.
  private let slots: [UInt32]

  /// The number of ids; an id that no token has counts too, and has no bytes.
  package var count: Int { starts.count - 1 }

  /// The vocabulary whose token `id` is `tokens[id]`; nil where the id is unused.
  ///
  /// Of two ids with the same bytes, the lower is found by its bytes. The `added` tokens (special
  /// tokens among them) decode to their bytes but are never found by them: text does not make them.
  package init(_ tokens: [[UInt8]?], added: Set<TokenID> = []) {
    var storage: [UInt8] = []
    var starts: [UInt32] = [0]
    starts.reserveCapacity(tokens.count + 1)
    for token in tokens {
      if let token { storage.append(contentsOf: token) }
      starts.append(UInt32(storage.count))
    }
    storage.append(contentsOf: repeatElement(0, count: DecodeTable.copyBytes))
    self.storage = storage
    self.starts = starts
    decodeTable = DecodeTable(storage, starts)
    var size = 64
    while size < tokens.count * 2 { size *= 2 }
    var slots = [UInt32](repeating: 0, count: size)
    for (id, token) in tokens.enumerated() {
      guard let token, !token.isEmpty, !added.contains(TokenID(id)) else { continue }
      var slot = Int(truncatingIfNeeded: hash64(token.span)) & (size - 1)
      var isKnown = false
      while slots[slot] != 0 {
        let other = Int(slots[slot] - 1)
        if storage[Int(starts[other])..<Int(starts[other + 1])].elementsEqual(token) {
          isKnown = true
          break
        }
        slot = (slot + 1) & (size - 1)
      }
      if !isKnown { slots[slot] = UInt32(id + 1) }
    }
    self.slots = slots
  }

  /// The bytes of token `id`; empty for an unused id.
  @_lifetime(borrow self)
  package func bytes(of id: TokenID) -> Span<UInt8> {
    storage.span.extracting(Int(starts[Int(id)])..<Int(starts[Int(id) + 1]))
  }

  /// The id whose token is `bytes`, or nil.
  ///
  /// - Complexity: O(`bytes.count`).
  package func id(of bytes: Span<UInt8>) -> TokenID? {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash64(bytes)) & mask
    while slots[slot] != 0 {
      let id = slots[slot] - 1
      if self.bytes(of: id).elementsEqual(bytes) { return id }
      slot = (slot + 1) & mask
    }
    return nil
  }
}
