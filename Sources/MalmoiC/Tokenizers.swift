// SPDX-License-Identifier: Apache-2.0

// Each function is documented where it is declared, in malmoi.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CMalmoi
internal import Normalization
internal import Pipeline
internal import PreTokenization
internal import TextCore
internal import TokenFiles
internal import TokenModels
internal import Tokenization
internal import VocabularyFiles

/// A tokenizer with the strings that are known of it.
final class LoadedTokenizer {
  let tokenizer: Tokenizer
  private let sha256: CString
  private let normalizer: CString
  private let preTokenizer: CString
  private let addedContents: [CString]

  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    let definition = tokenizer.definition
    sha256 = CString(tokenizer.sourceSHA256)
    normalizer = CString(definition.normalizer.rawValue)
    preTokenizer = CString(definition.preTokenizer.rawValue)
    addedContents = definition.addedTokens.map { CString($0.content) }
  }

  func fill(_ view: UnsafeMutablePointer<malmoi_tokenizer_view>) {
    unsafe view.pointee = malmoi_tokenizer_view(
      vocabulary_size: UInt32(tokenizer.vocabularySize),
      added_token_count: UInt32(addedContents.count), sha256: sha256.pointer,
      normalizer: normalizer.pointer, pre_tokenizer: preTokenizer.pointer)
  }

  func fill(_ token: UnsafeMutablePointer<malmoi_added_token>, _ index: Int) {
    let added = tokenizer.definition.addedTokens[index]
    unsafe token.pointee = malmoi_added_token(
      id: added.id, is_special: added.isSpecial ? 1 : 0, content: addedContents[index].pointer)
  }
}

// MARK: - Loading

@c @implementation
public func malmoi_tokenizer_load(
  _ path: UnsafePointer<CChar>, _ pre_tokenizer: UnsafePointer<CChar>?,
  _ tokenizer: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    let loaded = try Tokenizer.load(
      unsafe text(path), preTokenizer: unsafe text(pre_tokenizer))
    unsafe tokenizer.pointee = Handle.make(LoadedTokenizer(loaded))
  }
}

@c @implementation
public func malmoi_tokenizer_load_bytes(
  _ bytes: UnsafePointer<UInt8>, _ count: Int, _ pre_tokenizer: UnsafePointer<CChar>?,
  _ tokenizer: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    var contents = ByteBuffer(capacity: count)
    unsafe contents.append(copying: try givenBytes(bytes, count).span)
    let loaded = try Tokenizer.load(
      contents: contents, preTokenizer: unsafe text(pre_tokenizer))
    unsafe tokenizer.pointee = Handle.make(LoadedTokenizer(loaded))
  }
}

@c @implementation
public func malmoi_tokenizer_free(_ tokenizer: OpaquePointer?) {
  unsafe Handle<LoadedTokenizer>.free(tokenizer)
}

// MARK: - What is known

@c @implementation
public func malmoi_tokenizer_get(
  _ tokenizer: OpaquePointer, _ view: UnsafeMutablePointer<malmoi_tokenizer_view>
) { unsafe Handle<LoadedTokenizer>.object(tokenizer).fill(view) }

@c @implementation
public func malmoi_tokenizer_get_added_token(
  _ tokenizer: OpaquePointer, _ index: UInt32, _ token: UnsafeMutablePointer<malmoi_added_token>
) { unsafe Handle<LoadedTokenizer>.object(tokenizer).fill(token, Int(index)) }

@c @implementation
public func malmoi_tokenizer_template(
  _ tokenizer: OpaquePointer, _ ids: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  let template = unsafe Handle<LoadedTokenizer>.object(tokenizer).tokenizer.definition.template
  var lists = EncodeTexts.Encoded(type: .uint32, room: 0)
  lists.append(template.before.span)
  lists.append(template.after.span)
  unsafe ids.pointee = Handle.make(MadeIDs(lists))
  return 0
}

@c @implementation
public func malmoi_tokenizer_vocabulary(
  _ tokenizer: OpaquePointer, _ bytes: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  let tokenizer = unsafe Handle<LoadedTokenizer>.object(tokenizer).tokenizer
  let vocabulary = tokenizer.definition.model.vocabulary
  var all = ByteBuffer()
  var ends = GrowableBuffer<Int>(capacity: vocabulary.count)
  for id in 0..<vocabulary.count {
    all.append(copying: vocabulary.bytes(of: TokenID(id)))
    ends.append(all.count)
  }
  unsafe bytes.pointee = Handle.make(MadeBytes(all, ends: ends))
  return 0
}

@c @implementation
public func malmoi_tokenizer_find(
  _ tokenizer: OpaquePointer, _ bytes: UnsafePointer<UInt8>, _ count: Int,
  _ id: UnsafeMutablePointer<UInt32>
) -> malmoi_status {
  status { () throws(TextError) in
    let tokenizer = unsafe Handle<LoadedTokenizer>.object(tokenizer).tokenizer
    let token = unsafe try givenBytes(bytes, count).span
    let found =
      tokenizer.definition.addedTokens.first { $0.content.utf8.span.elementsEqual(token) }?.id
      ?? tokenizer.definition.model.vocabulary.id(of: token)
    guard let found else {
      let start = String(decodingUTF8: token.extracting(0..<min(token.count, 80)))
      throw TextError(
        .unknownToken, "no token \"\(start)\"", remedy: "look at the vocabulary")
    }
    unsafe id.pointee = found
  }
}

// MARK: - Decoding

@c @implementation
public func malmoi_tokenizer_decode(
  _ tokenizer: OpaquePointer, _ lists: UnsafePointer<malmoi_id_lists>,
  _ skips_special_tokens: Int32, _ bytes: UnsafeMutablePointer<OpaquePointer?>
) -> malmoi_status {
  status { () throws(TextError) in
    let tokenizer = unsafe Handle<LoadedTokenizer>.object(tokenizer).tokenizer
    let given = unsafe try givenIDs(lists)
    let left = skips_special_tokens == 0 ? [] : tokenizer.definition.addedTokens.filter(\.isSpecial)
    let skipped = Set(left.map(\.id))
    var decoded = ByteBuffer(capacity: given.values.count * 4)
    var ends = GrowableBuffer<Int>(capacity: given.count)
    var kept = TokenBuffer()
    for index in 0..<given.count {
      let ids = given.values.span.extracting(given.range(sample: index))
      if skipped.isEmpty {
        try tokenizer.decode(ids, to: &decoded)
      } else {
        kept.removeAll()
        for place in ids.indices where !skipped.contains(ids[place]) { kept.append(ids[place]) }
        try tokenizer.decode(kept.span, to: &decoded)
      }
      ends.append(decoded.count)
    }
    unsafe bytes.pointee = Handle.make(MadeBytes(decoded, ends: ends))
  }
}
