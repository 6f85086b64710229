// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TextCore
internal import TokenFiles
internal import Tokenization

/// A thread of an encoding pass: batches of documents in, their ids with what stands at their edges
/// out.
struct EncodeWorker: ~Copyable {
  var encoder: Encoder
  let boundaries: DocumentBoundaries
  /// The ids of the texts alone.
  private var bare = SampleBatch()

  init(encoder: consuming Encoder, boundaries: DocumentBoundaries) {
    self.encoder = encoder
    self.boundaries = boundaries
  }

  /// The ids of the documents of `batch`.
  ///
  /// - Throws: `normalizationFailed`.
  mutating func encode(_ batch: borrowing DocumentBatch) throws(TextError) -> EncodedBatch {
    // Korean text has about 4 bytes a token; more room is found if it is needed.
    var samples = SampleBatch(
      valueCount: batch.text.count / 4 + 2 * batch.count, sampleCount: batch.count)
    var truncation = DocumentBoundaries.Truncation()
    if boundaries.isNothing {
      try encoder.encode(
        batch.text.span, documentEnds: batch.ends.span, to: &samples.values, idEnds: &samples.ends)
    } else {
      bare.removeAll()
      try encoder.encode(
        batch.text.span, documentEnds: batch.ends.span, to: &bare.values, idEnds: &bare.ends)
      truncation = boundaries.append(bare, to: &samples)
    }
    return EncodedBatch(
      samples: samples, truncation: truncation, byteCount: batch.text.count)
  }
}

/// The ids of a batch of documents, and what was cut from them.
struct EncodedBatch: ~Copyable, Sendable {
  var samples: SampleBatch
  var truncation: DocumentBoundaries.Truncation
  /// UTF-8 bytes of the documents as read.
  var byteCount: Int
}
