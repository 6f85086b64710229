// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import Normalization
internal import TextCore
internal import TokenFiles
internal import Tokenization

/// The ids of the documents of a batch, whatever they are: texts, conversations, or lines that are a
/// sentence each.
struct DocumentEncoder: ~Copyable {
  /// One of the two.
  private var texts: Encoder?
  private var chats: ChatEncoder?
  private var sentences: SentenceLines?

  /// An encoder of texts.
  ///
  /// - Parameters:
  ///   - encoder: Encodes them.
  ///   - separator: Where it is given, each line of a document is encoded on its own, without white space at
  ///     its ends, and this id stands behind it.
  ///   - recorder: That of `encoder`.
  init(
    _ encoder: consuming Encoder, separator: UInt32? = nil, recorder: NormalizationRecorder
  ) {
    texts = consume encoder
    chats = nil
    sentences = separator.map { SentenceLines(separator: $0, recorder) }
  }

  /// An encoder of conversations.
  init(_ encoder: consuming ChatEncoder) {
    texts = nil
    chats = consume encoder
    sentences = nil
  }

  /// Appends the ids of the documents of `batch`.
  ///
  /// - Returns: How many bytes of text they are.
  /// - Throws: `normalizationFailed`.
  mutating func encode(
    _ batch: borrowing DocumentBatch, to samples: inout SampleBatch
  ) throws(TextError) -> Int {
    if chats != nil { return try encodeChats(batch, to: &samples) }
    if sentences != nil {
      sentences?.take(batch)
      try texts?.encode(of: &sentences, to: &samples)
    } else {
      try texts?.encode(
        batch.text.span, documentEnds: batch.ends.span, to: &samples.values,
        idEnds: &samples.ends)
    }
    return batch.text.count
  }

  private mutating func encodeChats(
    _ batch: borrowing DocumentBatch, to samples: inout SampleBatch
  ) throws(TextError) -> Int {
    let text = batch.text.span
    var byteCount = 0
    for index in 0..<batch.count {
      let range = batch.range(of: index)
      var offset = range.lowerBound
      chats?.begin()
      while let message = ConversationText.nextMessage(
        of: text, at: &offset, end: range.upperBound)
      {
        chats?.add(role: message.role, text.extracting(message.content))
        byteCount += message.content.count
      }
      chats?.end()
    }
    try chats?.flush(to: &samples.values, ends: &samples.ends)
    return byteCount
  }
}

/// The lines of documents, which are encoded one by one.
private struct SentenceLines: ~Copyable {
  let separator: UInt32
  let recorder: NormalizationRecorder
  /// All lines of a batch, back to back.
  var text = ByteBuffer()
  var ends = GrowableBuffer<Int>()
  /// The document of each line.
  var owners = GrowableBuffer<Int>()
  var documentCount = 0
  var ids = TokenBuffer()
  var idEnds = GrowableBuffer<Int>()

  init(separator: UInt32, _ recorder: NormalizationRecorder) {
    self.separator = separator
    self.recorder = recorder
  }

  /// Replaces the lines by those of `batch`, but for empty ones.
  mutating func take(_ batch: borrowing DocumentBatch) {
    text.removeAll()
    ends.removeAll()
    owners.removeAll()
    documentCount = batch.count
    for index in 0..<batch.count {
      let document = batch.document(index)
      var start = 0
      while start < document.count {
        var end = start
        while end < document.count, document[end] != 0x0A { end += 1 }
        let line = document.extracting(start..<end)
        let kept = rangeWithoutWhiteSpace(line)
        if !kept.isEmpty {
          text.append(copying: line.extracting(kept))
          ends.append(text.count)
          owners.append(index)
        }
        start = end + 1
      }
    }
  }

  /// Encodes the lines.
  mutating func encode(by encoder: inout Encoder, to samples: inout SampleBatch) throws(TextError) {
    ids.removeAll()
    idEnds.removeAll()
    try encodeRuns(text, ends, by: &encoder, to: &ids, &idEnds)
    recorder.replaceLines { owners[$0] }
    var line = 0
    var start = 0
    for document in 0..<documentCount {
      while line < owners.count, owners[line] == document {
        samples.values.append(copying: ids.span.extracting(start..<idEnds[line]))
        samples.values.append(separator)
        start = idEnds[line]
        line += 1
      }
      samples.endRun()
    }
  }
}

extension Encoder {
  fileprivate mutating func encode(
    of lines: inout SentenceLines?, to samples: inout SampleBatch
  ) throws(TextError) {
    try lines?.encode(by: &self, to: &samples)
  }
}
