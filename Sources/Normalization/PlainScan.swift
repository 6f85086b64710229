// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

extension NormalizationPlan.Table {
  /// The offset of the first well-formed code point of `text` from `start` on that is not plain.
  func endOfPlain(in text: Span<UInt8>, from start: Int) -> Int {
    let rest = text.extracting(start..<text.count)
    // Safe: the kernel reads `count` bytes of text and the 8 KiB of the table.
    return unsafe start
      + rest.withUnsafeBufferPointer { bytes in
        unsafe plain.withUnsafeBufferPointer { table in
          guard let base = bytes.baseAddress, let bits = table.baseAddress else { return 0 }
          return unsafe ck_skip_plain(base, bytes.count, bits, asksLines)
        }
      }
  }
}

/// Appends modern syllables that are spelled with conjoining jamo to `output`, composed, and the ASCII
/// between them, from `start` on as far as there is nothing else.
///
/// Returns the bytes read and the number of syllables.
func appendComposingJamo(
  _ text: Span<UInt8>, from start: Int, to output: inout ByteBuffer
) -> (byteCount: Int, syllables: Int) {
  let rest = text.extracting(start..<text.count)
  var composed = ck_composed(read: 0, written: 0, syllables: 0)
  // Safe: a syllable takes fewer bytes than its jamo, so `count` bytes are room enough.
  unsafe output.append(room: rest.count) { room in
    unsafe rest.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      unsafe composed = ck_compose_jamo(base, bytes.count, room)
      return Int(composed.written)
    }
  }
  return (Int(composed.read), Int(composed.syllables))
}
