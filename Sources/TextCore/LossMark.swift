// SPDX-License-Identifier: Apache-2.0

/// The mark of an id that counts in the loss, on its way from the encoder to the token files.
///
/// It is the id's highest bit, so that whatever moves, cuts, shuffles or packs ids does the same with
/// what is known of them, and cannot lose it. Vocabularies that need the bit are refused.
package enum LossMark {
  package static let bit: UInt32 = 1 << 31
  /// The largest vocabulary whose ids leave the bit free.
  package static let maximumVocabularySize = 1 << 31
}
