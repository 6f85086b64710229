// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Appends a record of a UTF-8 file that is not UTF-8 but Korean in another charset; false if it is not,
/// or the charset of the file was given.
///
/// - Complexity: O(n), for ill-formed records alone.
func appendConverted(
  _ record: Span<UInt8>, of block: borrowing RecordBlock, _ options: CorpusOptions,
  to output: inout ByteBuffer
) -> Bool {
  guard options.charset == nil, block.charset == .utf8 else { return false }
  let shares = [Charset.cp949, .johab].map { charset in
    (charset: charset, units: CodeUnits(of: record, in: charset))
  }
  let fitting = shares.filter { $0.units.bad == 0 && $0.units.share >= Charset.leastShare }
  guard let best = fitting.max(by: { $0.units.share < $1.units.share }) else { return false }
  best.charset.doubleByte?.appendUTF8(record, to: &output)
  return true
}
