// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The text of a file or of a member of an archive in UTF-8, with the way back to its own bytes.
struct TextSource: ~Copyable, Sendable {
  private let stream: ByteStream
  /// The charset of the file.
  let charset: Charset
  private var transcoder: Transcoder?
  /// Bytes of the stream that are not yet transcoded.
  private var source = ByteBuffer()
  private var isSourceAtEnd = false
  private var damage: TextError?
  /// Transcoded bytes that are not yet given out, from `textOffset` on.
  private var text = ByteBuffer()
  private var textOffset = 0
  /// Bytes given out, and not yet taken from the map.
  private var unmapped = 0
  private var map = OffsetMap()

  /// 64 KiB: the tables of a charset stay in the cache beside it.
  private static let chunkBytes = 1 << 16

  var path: String { stream.path }
  /// The place in the stored file up to which everything is used.
  var storedPosition: Int { stream.storedPosition }
  /// Whether the text is not the bytes of the file.
  var isTranscoded: Bool { transcoder != nil }
  /// Lines that are UTF-8 in a file that is not.
  var utf8Lines: Int { transcoder?.utf8Lines ?? 0 }

  /// Begins to read `stream` and finds out its charset, unless the options tell it.
  ///
  /// - Throws: `readFailed`.
  init(_ stream: ByteStream, _ options: CorpusOptions) throws(TextError) {
    var charset = options.charset
    if charset == nil { charset = try Self.detect(stream, options) }
    self.charset = charset ?? .utf8
    self.stream = stream
    if let charset, charset != .utf8 {
      transcoder = Transcoder(charset, keepsUTF8: options.charset == nil)
    }
  }

  private static func detect(
    _ stream: ByteStream, _ options: CorpusOptions
  ) throws(TextError) -> Charset {
    let sample = try stream.peek(Charset.sampleBytes)
    let format = RecordFormat(options.format) ?? FileNames.format(of: stream.path)
    // Pages tell their own charsets, and web archives hold pages of many.
    if (format ?? RecordFormat(ofContent: sample.span)).hasOwnCharset { return .utf8 }
    // Damage may tear a character, which says nothing against its charset.
    let isWhole = sample.count < Charset.sampleBytes && !stream.meetsDamage
    return Charset(of: sample.span, isWhole: isWhole)
  }

  /// Appends up to `room` bytes of text to `output`; returns how many, 0 at the end.
  ///
  /// - Throws: As ``ByteStream/read(upTo:into:)``.
  mutating func read(
    upTo room: Int, into output: inout ByteBuffer
  ) throws(TextError) -> Int {
    if transcoder == nil { return try stream.read(upTo: room, into: &output) }
    while textOffset == text.count {
      if isSourceAtEnd, source.isEmpty {
        if let damage = damage.take() { throw damage }
        return 0
      }
      try transcodeNext()
    }
    let end = min(text.count, textOffset + room)
    output.append(copying: text.span.extracting(textOffset..<end))
    defer { textOffset = end }
    unmapped += end - textOffset
    return end - textOffset
  }

  /// Takes the way back for the next `count` bytes that were given out, which are the first of `text`,
  /// all that was given out and not yet taken; nil if text and file are the same bytes.
  mutating func takeMap(_ count: Int, of text: borrowing ByteBuffer) -> OffsetMap? {
    guard isTranscoded else { return nil }
    unmapped -= count
    return map.take(count, of: text.span)
  }

  /// The offset in the file of the byte at `offset` of `text`, all that was given out and not yet taken;
  /// nil if text and file are the same bytes.
  func sourceOffset(of offset: Int, in text: borrowing ByteBuffer) -> Int? {
    isTranscoded ? map.source(of: offset, in: text.span) : nil
  }

  private mutating func transcodeNext() throws(TextError) {
    do throws(TextError) {
      if !isSourceAtEnd {
        isSourceAtEnd = try stream.read(upTo: Self.chunkBytes, into: &source) == 0
      }
    } catch {
      guard error.code == .damagedCompression else { throw error }
      damage = error
      isSourceAtEnd = true
    }
    text.removeAll()
    textOffset = 0
    var anchors = OffsetMap()
    let used = transcode(source, &transcoder, isEnd: isSourceAtEnd, to: &text, &anchors)
    source.removeFirst(used)
    for anchor in anchors.anchors {
      map.add(unmapped + anchor.offset, anchor.source, anchor.rule)
    }
  }
}

/// The parts of a source come apart here, so that one can be read while others change.
private func transcode(
  _ source: borrowing ByteBuffer, _ transcoder: inout Transcoder?, isEnd: Bool,
  to text: inout ByteBuffer, _ map: inout OffsetMap
) -> Int {
  transcoder?.transcode(source.span, isEnd: isEnd, to: &text, &map) ?? 0
}

extension RecordFormat {
  /// Whether the charset is a matter of the format.
  fileprivate var hasOwnCharset: Bool { self == .warc || self == .html }
}
