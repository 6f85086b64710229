// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// What the bytes of a text are, 64 a block, one bit each: what all fast paths work on.
///
/// ASCII and Hangul syllables are known from the masks alone, which are nearly all of Korean,
/// English and code; other characters are marked as uncommon, to be decoded.
struct BlockClasses: ~Copyable, Sendable {
  private(set) var blocks = GrowableBuffer<ck_block_classes>()

  /// Classifies `text`, documents back to back that end at `documentEnds`.
  ///
  /// - Complexity: O(n), several gigabytes a second.
  mutating func update(_ text: borrowing ByteBuffer, documentEnds: Span<Int>) {
    let blockCount = (text.count + 63) / 64
    blocks.removeAll()
    unsafe blocks.append(room: blockCount) { blocks in
      // Safe: there is room for a block for every 64 bytes of the text, and a buffer has 64
      // readable bytes behind its last one.
      unsafe ck_classify(text.elements, text.count, blocks)
      return blockCount
    }
    for index in documentEnds.indices.dropLast() { separate(text, at: documentEnds[index]) }
  }

  /// Takes the mark from a syllable that begins before `border` and ends behind it: what is cut
  /// short there is no syllable in either document.
  private mutating func separate(_ text: borrowing ByteBuffer, at border: Int) {
    for start in max(0, border - 2)..<border where text[start] >= 0xE0 && start + 3 > border {
      if blocks[start >> 6].letters >> UInt64(start & 63) & 1 == 0 { continue }
      for byte in start..<start + 3 {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        blocks[byte >> 6].letters &= ~bit
        blocks[byte >> 6].uncommon |= bit
      }
    }
  }
}
