// SPDX-License-Identifier: Apache-2.0

package import Normalization
package import TextCore
internal import VocabularyFiles

/// Encodes conversations in the layout of a chat template, and tells which ids a model is to learn.
///
/// The ids are those of the whole conversation rendered as one text, but that special tokens come
/// from the template alone: contents that spell one out are plain text. What lies between two tokens
/// of the template is a run, and is encoded together, as tokenizers do.
///
/// An id counts in the loss if it is of what a learnt role says, or the token that ends its turn. In
/// a run whose first part is not learnt, the ids that this part has alone, which the model is given
/// when it is asked, do not count; those from the first other one on do.
///
///   var chats = ChatEncoder(layout)
///   chats.begin()
///   chats.add(role: 1, content); …
///   chats.end()
///   try chats.flush(to: &values, ends: &ends)
package struct ChatEncoder: ~Copyable {
  private let layout: ChatLayout
  private let marksLoss: Bool
  private let recorder: NormalizationRecorder?
  private var encoder: Encoder
  /// The runs of all conversations; before a learnt one, its first part alone, if that has any text.
  private var text = ByteBuffer()
  private var runEnds = GrowableBuffer<Int>()
  /// The conversation of each run.
  private var runOwners = GrowableBuffer<Int>()
  private var items = GrowableBuffer<ChatItem>()
  private var run = Run()
  private var conversation = 0
  private var isFirstMessage = true
  private var ids = TokenBuffer()
  private var idEnds = GrowableBuffer<Int>()

  /// The run at the end of `text` that is being written.
  private struct Run {
    var start = 0
    /// Where what counts begins, if anything does.
    var learntStart: Int?
    /// Whether white space at its start belongs to the token before it.
    var dropsSpace = false
  }

  /// - Parameters:
  ///   - layout: The template, and the tokenizer.
  ///   - normalizer: Replaces the tokenizer's own where it is given.
  ///   - marksLoss: Whether ids that count are marked by ``LossMark``.
  ///   - cacheBytes: The most that the pretoken cache may take.
  ///   - recorder: Is told what normalisation changes, by the number of the conversation since the
  ///     last ``flush(to:ends:)``.
  package init(
    _ layout: ChatLayout, normalizer: Normalizer? = nil, marksLoss: Bool = true,
    cacheBytes: Int = Encoder.defaultCacheBytes, recorder: NormalizationRecorder? = nil
  ) {
    self.layout = layout
    self.marksLoss = marksLoss
    self.recorder = recorder
    encoder = Encoder(
      layout.tokenizer, normalizer: normalizer, cacheBytes: cacheBytes, recorder: recorder)
  }
}

/// What a conversation consists of.
///
/// Of `package` access, as the metadata of private types is not there for buffers in other modules.
package enum ChatItem: BitwiseCopyable {
  /// An id of the template, marked if it counts.
  case token(UInt32)
  /// The next run, nothing of which counts.
  case given
  /// The next run, all of which counts.
  case learnt
  /// The next two runs: the first is what does not count of the second.
  case partlyLearnt
  case end
}

// MARK: - Conversations

extension ChatEncoder {
  /// Begins a conversation.
  package mutating func begin() {
    isFirstMessage = true
    write(layout.beginning, counts: false)
  }

  /// Adds the message `content`, which is UTF-8, of the role with the number `role`.
  package mutating func add(role: Int, _ content: Span<UInt8>) {
    if isFirstMessage, role != layout.systemRole, let system = layout.defaultSystem {
      write(role: system.role, system.content.span)
    }
    write(role: role, content)
  }

  private mutating func write(role number: Int, _ content: Span<UInt8>) {
    isFirstMessage = false
    let role = layout.roles[number]
    write(role.prefix, counts: false)
    let range = layout.trimsContents ? rangeWithoutWhiteSpace(content) : 0..<content.count
    write(content.extracting(range), counts: role.isLearnt)
    write(role.ending, counts: role.isLearnt)
    write(role.rest, counts: false)
  }

  /// Ends the conversation.
  package mutating func end() {
    endRun()
    items.append(.end)
    conversation += 1
  }

  private mutating func write(_ parts: [ChatLayout.Part], counts: Bool) {
    for part in parts {
      switch part {
      case .text(let bytes): write(bytes.span, counts: counts)
      case .token(let token):
        if token.stripsLeft { text.truncate(to: endWithoutSpace(from: run.start)) }
        endRun()
        items.append(.token(counts && marksLoss ? token.id | LossMark.bit : token.id))
        run.dropsSpace = token.stripsRight
      }
    }
  }

  private mutating func write(_ part: Span<UInt8>, counts: Bool) {
    if counts, run.learntStart == nil { run.learntStart = text.count }
    let start = run.dropsSpace && text.count == run.start ? leadingSpaceCount(part) : 0
    text.append(copying: part.extracting(start..<part.count))
  }

  private mutating func endRun() {
    let end = text.count
    if end > run.start {
      let learntStart = marksLoss ? min(run.learntStart ?? end, end) : end
      if learntStart == end {
        items.append(.given)
      } else if learntStart == run.start {
        items.append(.learnt)
      } else {
        items.append(.partlyLearnt)
        // The part alone goes before the run.
        let lead = text.span.extracting(run.start..<learntStart).makeArray()
        let whole = text.span.extracting(run.start..<end).makeArray()
        text.truncate(to: run.start)
        text.append(copying: lead.span)
        closeRun()
        text.append(copying: whole.span)
      }
      closeRun()
    }
    run = Run(start: text.count)
  }

  private mutating func closeRun() {
    runEnds.append(text.count)
    runOwners.append(conversation)
  }
}

// MARK: - Ids

extension ChatEncoder {
  /// Appends the ids of the conversations since the last time to `values`, and the end of each to `ends`.
  ///
  /// - Throws: `normalizationFailed`.
  package mutating func flush(
    to values: inout TokenBuffer, ends: inout GrowableBuffer<Int>
  ) throws(TextError) {
    ids.removeAll()
    idEnds.removeAll()
    try encodeRuns(text, runEnds, by: &encoder, to: &ids, &idEnds)
    recorder?.replaceLines { runOwners[$0] }
    var next = 0
    for index in 0..<items.count {
      switch items[index] {
      case .token(let id): values.append(id)
      case .given:
        values.append(copying: ids.span.extracting(idRange(next)))
        next += 1
      case .learnt:
        appendLearnt(idRange(next), to: &values)
        next += 1
      case .partlyLearnt:
        let lead = idRange(next)
        let whole = idRange(next + 1)
        let shared = sharedCount(lead, whole)
        values.append(
          copying: ids.span.extracting(whole.lowerBound..<whole.lowerBound + shared))
        appendLearnt(whole.lowerBound + shared..<whole.upperBound, to: &values)
        next += 2
      case .end: ends.append(values.count)
      }
    }
    text.removeAll()
    runEnds.removeAll()
    runOwners.removeAll()
    items.removeAll()
    run = Run()
    conversation = 0
  }

  private func idRange(_ run: Int) -> Range<Int> {
    (run == 0 ? 0 : idEnds[run - 1])..<idEnds[run]
  }

  private func appendLearnt(_ range: Range<Int>, to values: inout TokenBuffer) {
    for index in range { values.append(ids[index] | LossMark.bit) }
  }

  /// How many ids both runs begin with.
  private func sharedCount(_ one: Range<Int>, _ other: Range<Int>) -> Int {
    var count = 0
    while count < min(one.count, other.count),
      ids[one.lowerBound + count] == ids[other.lowerBound + count]
    {
      count += 1
    }
    return count
  }
}

/// Encodes texts that stand back to back; the parts of a struct come apart here, so that some can be read
/// while others change.
package func encodeRuns(
  _ text: borrowing ByteBuffer, _ ends: borrowing GrowableBuffer<Int>, by encoder: inout Encoder,
  to ids: inout TokenBuffer, _ idEnds: inout GrowableBuffer<Int>
) throws(TextError) {
  try encoder.encode(text.span, documentEnds: ends.span, to: &ids, idEnds: &idEnds)
}

// MARK: - White space

extension ChatEncoder {
  private func leadingSpaceCount(_ part: Span<UInt8>) -> Int { endOfWhiteSpace(part, from: 0) }

  private func endWithoutSpace(from start: Int) -> Int {
    start + startOfWhiteSpace(text.span.extracting(start..<text.count), before: text.count - start)
  }
}

extension Span<UInt8> {
  fileprivate func makeArray() -> [UInt8] {
    var buffer = ByteBuffer(capacity: count)
    buffer.append(copying: self)
    return buffer.makeArray()
  }
}
