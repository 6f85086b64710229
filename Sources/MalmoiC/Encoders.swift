// SPDX-License-Identifier: Apache-2.0

// Each function is documented where it is declared, in malmoi.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CMalmoi
internal import Normalization
internal import Pipeline
internal import TextCore
internal import TokenFiles
internal import Tokenization

/// An encoder of batches, with its gate.
final class BatchEncoder {
  private let gate = Gate()
  private var texts: EncodeTexts

  init(_ texts: consuming EncodeTexts) { self.texts = texts }

  func encode(_ given: borrowing GivenTexts) throws(TextError) -> MadeIDs {
    try gate.pass { () throws(TextError) in
      MadeIDs(try texts.encode(given.text, documentEnds: given.ends.span))
    }
  }

  func countTokens(_ given: borrowing GivenTexts) throws(TextError) -> GrowableBuffer<Int64> {
    var counts = GrowableBuffer<Int64>(capacity: given.ends.count)
    try gate.pass { () throws(TextError) in
      try texts.countTokens(given.text, documentEnds: given.ends.span, to: &counts)
    }
    return counts
  }
}

/// The number of threads that a caller asks for; 0 is one.
func threadCount(_ wanted: Int32) throws(TextError) -> Int {
  guard (0...1024).contains(wanted) else {
    throw TextError(
      .invalidArgument, "\(wanted) threads", remedy: "ask for 1 to 1024, or 0 for one")
  }
  return max(Int(wanted), 1)
}

/// The normalizer that a caller names.
func normalizer(named name: String) throws(TextError) -> Normalizer {
  if let found = Normalizer(rawValue: name) { return found }
  throw TextError(
    .invalidArgument, "no normalizer is named \"\(name)\"",
    remedy:
      "name none, nfc, korean, nfkc or nmt_nfkc, and what differs, as in \"korean -zero-width\"")
}

@c @implementation
public func malmoi_encoder_create(
  _ tokenizer: OpaquePointer, _ given: UnsafePointer<malmoi_encoder_options>?,
  _ encoder: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    let chosen = unsafe try options(given, malmoi_encoder_options())
    let bits = unsafe chosen.id_bits
    guard bits == 0 || bits == 32 else {
      throw TextError(
        .invalidArgument, "ids of \(bits) bits", remedy: "ask for 32, or 0 for what fits")
    }
    let texts = try EncodeTexts(
      unsafe Handle<LoadedTokenizer>.object(tokenizer).tokenizer,
      normalizer: try (unsafe text(chosen.normalizer)).map(normalizer(named:)),
      parsingSpecialTokens: unsafe chosen.parses_special_tokens != 0,
      addingSpecialTokens: unsafe chosen.adds_special_tokens != 0,
      type: bits == 32 ? .int32 : .auto,
      threadCount: try threadCount(unsafe chosen.thread_count))
    unsafe encoder.pointee = Handle.make(BatchEncoder(texts))
  }
}

@c @implementation
public func malmoi_encoder_free(_ encoder: OpaquePointer?) {
  unsafe Handle<BatchEncoder>.free(encoder)
}

@c @implementation
public func malmoi_encode(
  _ encoder: OpaquePointer, _ texts: UnsafePointer<malmoi_texts>,
  _ ids: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    let given = unsafe try GivenTexts(texts)
    unsafe ids.pointee = Handle.make(try Handle<BatchEncoder>.object(encoder).encode(given))
  }
}

@c @implementation
public func malmoi_count_tokens(
  _ encoder: OpaquePointer, _ texts: UnsafePointer<malmoi_texts>,
  _ counts: UnsafeMutablePointer<Int64>?
) -> malmoi_status {
  status { () throws(TextError) in
    let given = unsafe try GivenTexts(texts)
    let made = unsafe try Handle<BatchEncoder>.object(encoder).countTokens(given)
    guard made.count > 0 else { return }
    guard let counts = unsafe counts else {
      throw TextError(.invalidArgument, "no place for the counts", remedy: "give room for them")
    }
    unsafe counts.update(from: made.elements, count: made.count)
  }
}

// MARK: - Places of tokens

/// Tokens with their places.
final class MadeTrace {
  private let ids: TokenBuffer
  private var starts: GrowableBuffer<Int64>
  private var ends: GrowableBuffer<Int64>

  init(_ trace: consuming TokenTrace) {
    var ids = TokenBuffer(capacity: trace.ids.count)
    ids.append(copying: trace.ids.span)
    starts = GrowableBuffer(capacity: ids.count)
    ends = GrowableBuffer(capacity: ids.count)
    for range in trace.sources {
      starts.append(Int64(range.lowerBound))
      ends.append(Int64(range.upperBound))
    }
    self.ids = ids
  }

  func fill(_ view: UnsafeMutablePointer<malmoi_trace_view>) {
    unsafe view.pointee = malmoi_trace_view(
      ids: ids.elements, starts: starts.elements, ends: ends.elements, count: Int64(ids.count))
  }
}

@c @implementation
public func malmoi_trace_text(
  _ tokenizer: OpaquePointer, _ text: UnsafePointer<UInt8>?, _ count: Int,
  _ parses_special_tokens: Int32, _ trace: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    let tokenizer = unsafe Handle<LoadedTokenizer>.object(tokenizer).tokenizer
    let made = unsafe try tokenizer.trace(
      try givenBytes(text, count).span, parsingSpecialTokens: parses_special_tokens != 0)
    unsafe trace.pointee = Handle.make(MadeTrace(made))
  }
}

@c @implementation
public func malmoi_trace_get(
  _ trace: OpaquePointer, _ view: UnsafeMutablePointer<malmoi_trace_view>
) { unsafe Handle<MadeTrace>.object(trace).fill(view) }

@c @implementation
public func malmoi_trace_free(_ trace: OpaquePointer?) { unsafe Handle<MadeTrace>.free(trace) }
