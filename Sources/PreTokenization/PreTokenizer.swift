// SPDX-License-Identifier: Apache-2.0

package import TextCore

// Pre-tokenisation: normal text in, pretokens out, the pieces inside which BPE merges.
//
// A pretoken is named by its end; it starts where the one before it ended, so that the pretokens of
// a text always cover it byte for byte. Each scheme exists twice: in Reference/ as its published
// regular expression reads, alternative by alternative, and in Fast/ as one pass over UTF-8 bytes.
// The two are compared on every text the tests have, and both with the reference tokenizers.
//
// Bytes that are not UTF-8 count as characters of class "other", one for each maximal subpart, so
// any bytes can be cut, and joined again without loss.

/// How text is cut into pretokens.
package enum PreTokenizer: String, CaseIterable, Sendable {
  /// GPT-2's rule: contractions, then runs of letters, of numbers, or of other characters, each
  /// with one leading space, then white space.
  case gpt2

  /// The rule as the reference tokenizers write it.
  package var pattern: String {
    switch self {
    case .gpt2:
      #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    }
  }

  /// The end offset of every pretoken of one `text`; see ``PretokenCutter`` for many.
  ///
  /// - Complexity: O(n) on any input.
  package func ends(of text: Span<UInt8>) -> PretokenEnds {
    var buffer = ByteBuffer(capacity: text.count)
    buffer.append(copying: text)
    var cutter = PretokenCutter(self)
    var ends = PretokenEnds()
    var documentPretokens = GrowableBuffer<Int>()
    cutter.appendEnds(
      of: buffer, documentEnds: [text.count].span, to: &ends,
      documentPretokens: &documentPretokens)
    return ends
  }

  /// The same by the obvious implementation: the oracle of the tests.
  package func referenceEnds(of text: Span<UInt8>) -> [Int] {
    switch self {
    case .gpt2: gpt2ReferenceEnds(of: text)
    }
  }
}

/// End offsets of pretokens, in bytes from the start of their text.
package typealias PretokenEnds = GrowableBuffer<UInt32>
