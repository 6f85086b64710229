// SPDX-License-Identifier: Apache-2.0

package import TextCore

// Normalisation: the text of a document in, the same text in one Unicode form out.
//
// NFC is the default: Hangul typed or crawled as conjoining jamo (NFD) becomes precomposed
// syllables, a third of the bytes and the same tokens as everyone else's. NFKC is not offered as a
// default anywhere: it turns ㅋㅋㅋ into leading consonants and ㈜ into (주).
//
// Nearly all Korean text is in NFC already, so a scan decides and ICU sees only the few windows it
// cannot decide (see NFCWindows). The output is the same as ICU's over the whole text, for any
// well-formed input; ill-formed bytes pass through untouched.

/// The Unicode form that text is brought to before it is cut.
package enum Normalizer: String, CaseIterable, Sendable {
  /// Canonical composition, by ICU.
  case nfc
  /// The text as it stands, byte for byte.
  case none

  /// The Unicode version of the normalisation data.
  package static var unicodeVersion: String { ICU.unicodeVersion }

  /// Appends the normal form of `text` to `output`.
  ///
  /// - Throws: `normalizationFailed`, if ICU's data cannot be loaded.
  /// - Complexity: O(n).
  package func append(
    _ text: Span<UInt8>, to output: inout ByteBuffer
  ) throws(TextError) {
    switch self {
    case .none: output.append(copying: text)
    case .nfc: try appendNFC(text, to: &output)
    }
  }
}
