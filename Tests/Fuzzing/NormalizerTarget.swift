// SPDX-License-Identifier: Apache-2.0

internal import Normalization
internal import TextCore

/// A profile of normalisation.
struct NormalizerTarget: Sendable {
  let normalizer: Normalizer

  init(_ name: String) {
    guard let normalizer = Normalizer(rawValue: name) else { fatalError("no normaliser \(name)") }
    self.normalizer = normalizer
  }

  /// Names of targets, and the normalisers that they are for.
  static let all = [
    "nfc": "nfc", "korean": "korean", "nfkc": "nfkc", "nmt-nfkc": "nmt_nfkc",
    "capped": "korean +compatibility-ideographs +hanyang-pua +cap-repeats=2",
  ]

  /// Normalises `input` as a whole, in chunks, again, and with the way back to the source.
  func check(_ input: [UInt8]) {
    do throws(TextError) {
      var whole = ByteBuffer()
      try normalizer.append(input.span, to: &whole)
      try checkChunks(input, whole)
      if isWellFormedUTF8(input.span) {
        require(isWellFormedUTF8(whole.span), "ill-formed bytes are made")
        if !normalizer.rules.contains(.nmtNFKC) {
          var again = ByteBuffer()
          try normalizer.append(whole.span, to: &again)
          require(again.span.elementsEqual(whole.span), "twice is not once")
        }
      }
      try checkOffsets(input, whole)
    } catch {
      fatalError(error.description)
    }
  }

  private func checkChunks(_ input: [UInt8], _ whole: borrowing ByteBuffer) throws(TextError) {
    var stream = NormalizationStream(normalizer)
    var joined = ByteBuffer()
    var start = 0
    var choice = choice(of: input)
    while start < input.count {
      let end = min(input.count, start + 1 + choice & 15)
      try stream.append(input.span.extracting(start..<end), to: &joined)
      start = end
      choice = choice >> 4 ^ choice << 9
    }
    try stream.finish(to: &joined)
    require(joined.span.elementsEqual(whole.span), "chunks make a difference")
  }

  private func checkOffsets(_ input: [UInt8], _ whole: borrowing ByteBuffer) throws(TextError) {
    let normal = try NormalizedText(input.span, by: normalizer)
    require(normal.text.span.elementsEqual(whole.span), "the way back makes a difference")
    var covered = 0
    var used = 0
    for piece in normal.alignment.pieces {
      require(piece.normal.lowerBound == covered, "pieces leave text out")
      require(piece.source.upperBound <= input.count, "a piece behind the source")
      if piece.isCopy {
        require(
          input.span.extracting(piece.source).elementsEqual(whole.span.extracting(piece.normal)),
          "a copy is none")
        require(piece.source.lowerBound >= used, "copies change places")
        used = piece.source.upperBound
      }
      covered = piece.normal.upperBound
    }
    require(covered == whole.count, "pieces end before the text")
  }
}
