// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TextCore
internal import TokenFiles

/// A thread of an encoding pass: batches of documents in, their ids with what stands at their edges
/// out.
struct EncodeWorker: ~Copyable {
  private var encoder: DocumentEncoder
  let boundaries: DocumentBoundaries
  /// Whether what tells each document from others is wanted.
  let tellsIdentities: Bool
  /// Whether samples get a column that tells where each document comes from.
  let tellsOrigins: Bool
  /// The ids of the texts alone.
  private var bare = SampleBatch()

  init(
    encoder: consuming DocumentEncoder, boundaries: DocumentBoundaries,
    tellingIdentities: Bool = false, tellingOrigins: Bool = false
  ) {
    self.encoder = encoder
    self.boundaries = boundaries
    tellsIdentities = tellingIdentities
    tellsOrigins = tellingOrigins
  }

  /// The ids of the documents of `batch`.
  ///
  /// - Throws: `normalizationFailed`.
  mutating func encode(_ batch: borrowing DocumentBatch) throws(TextError) -> EncodedBatch {
    // Korean text has about 4 bytes a token; more room is found if it is needed.
    var samples = SampleBatch(
      valueCount: batch.text.count / 4 + 2 * batch.count, sampleCount: batch.count)
    var truncation = DocumentBoundaries.Truncation()
    let byteCount: Int
    if boundaries.isNothing {
      byteCount = try encoder.encode(batch, to: &samples)
    } else {
      bare.removeAll()
      byteCount = try encoder.encode(batch, to: &bare)
      truncation = boundaries.append(bare, to: &samples)
    }
    if tellsOrigins { samples = withOrigins(samples, batch) }
    return EncodedBatch(
      samples: samples, truncation: truncation, byteCount: byteCount,
      fileIndex: batch.fileIndex, identities: identities(batch))
  }

  /// `samples` with a column of where the documents of `batch` come from.
  private func withOrigins(
    _ samples: borrowing SampleBatch, _ batch: borrowing DocumentBatch
  ) -> SampleBatch {
    var told = SampleBatch(
      columnCount: 2, valueCount: samples.values.count + batch.count * Self.usualOriginBytes,
      sampleCount: batch.count)
    for index in 0..<batch.count {
      told.values.append(copying: samples.values.span.extracting(samples.range(sample: index)))
      told.endRun()
      DocumentOrigin.append(
        id: batch.metadata(.id, of: index), source: batch.path.utf8.span,
        location: batch.lines[index], to: &told)
    }
    return told
  }

  private static let usualOriginBytes = 64

  private func identities(_ batch: borrowing DocumentBatch) -> GrowableBuffer<XXH128> {
    var identities = GrowableBuffer<XXH128>(capacity: tellsIdentities ? batch.count : 0)
    if !tellsIdentities { return identities }
    for index in 0..<batch.count {
      let identity = DocumentIdentity(
        id: batch.metadata(.id, of: index), orText: batch.document(index))
      identities.append(identity.hash)
    }
    return identities
  }
}

/// The ids of a batch of documents, and what was cut from them.
struct EncodedBatch: ~Copyable, Sendable {
  var samples: SampleBatch
  var truncation: DocumentBoundaries.Truncation
  /// UTF-8 bytes of the documents as read.
  var byteCount: Int
  /// The file's place among the inputs.
  var fileIndex: Int
  /// What tells each document from others, where that is wanted.
  var identities: GrowableBuffer<XXH128>
}
