// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import TextCore

struct VaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vary",
    abstract: "Write text of any size whose distinct words keep growing as those of real text do.")

  @Option(help: "A file of real text in UTF-8, which is given again and again.")
  var text: String

  @Option(help: "How many bytes to write, to the end of a line.")
  var bytes: Int

  @Option(help: "Heaps' law: V = K·N^β distinct among N pretokens.")
  var heapsK = 5.6

  @Option(help: "The exponent β of Heaps' law.")
  var heapsBeta = 0.745

  @Option(help: "Of the words put in, the share that is new; the others were put in before.")
  var newShare = 0.62

  @Option(help: "The seed of what is put in where.")
  var seed: UInt64 = 1

  func run() throws {
    let contents = try readFile(text)
    var variation = TextVariation(
      k: heapsK, beta: heapsBeta, newShare: newShare, randomness: Randomness(state: seed))
    var output = ByteBuffer(capacity: 1 << 21)
    var written = 0
    while written < bytes {
      var place = 0
      while place < contents.count, written < bytes {
        place = variation.copyLine(of: contents.span, at: place, written, to: &output)
        if output.count >= 1 << 20 || written + output.count >= bytes {
          try FileDescriptor.standardOutput.write(output.span, path: "standard output")
          written += output.count
          output.removeAll()
        }
      }
      variation.isFirstPass = false
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
private struct Randomness {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return finalised(state)
  }
}

/// Puts made-up words in the place of some real ones.
///
/// A word is made of a real one of three syllables or more by another real syllable in the place of
/// one of its own, all of them told by the word's number. Of the words put in, some are new and the
/// others have been put in before, any of them equally likely, so that the share `newShare` of them is
/// seen once in the end.
private struct TextVariation {
  private let k: Double
  private let beta: Double
  private let newShare: Double
  private var randomness: Randomness
  private var wordCount: UInt64 = 0
  var isFirstPass = true

  /// Bytes of a pretoken and of a word between spaces, on average in Korean.
  private static let pretokenBytes = 7.3
  private static let wordBytes = 10.5
  /// Of the words made up, the share that the text does not have already.
  private static let freshShare = 0.57

  init(k: Double, beta: Double, newShare: Double, randomness: Randomness) {
    (self.k, self.beta, self.newShare, self.randomness) = (k, beta, newShare, randomness)
  }

  /// Appends the line at `place` and returns where the next begins.
  mutating func copyLine(
    of text: Span<UInt8>, at place: Int, _ written: Int, to output: inout ByteBuffer
  ) -> Int {
    // ---- New words a pretoken, by the derivative of Heaps' law ----
    let pretokens = Double(max(written + output.count, 1)) / Self.pretokenBytes
    let growth = k * beta * pow(pretokens, beta - 1)
    let perWord = growth * Self.wordBytes / Self.pretokenBytes
    let chance = isFirstPass ? 0 : perWord / newShare / Self.freshShare
    let threshold = UInt64(min(chance, 1) * 0x1p32)
    var start = place
    while start < text.count {
      // ---- One word and the space or line feed behind it ----
      var end = start
      while end < text.count, text[end] != 0x20, text[end] != 0x0A { end += 1 }
      if end > start, randomness.next() >> 32 < threshold {
        appendWord(of: text, to: &output)
      } else {
        output.append(copying: text.extracting(start..<end))
      }
      if end == text.count { return end }
      output.append(text[end])
      start = end + 1
      if text[end] == 0x0A { return start }
    }
    return start
  }

  private mutating func appendWord(of text: Span<UInt8>, to output: inout ByteBuffer) {
    let draw = randomness.next()
    let isNew = wordCount == 0 || Double(draw >> 11) * 0x1p-53 < newShare
    let number = isNew ? wordCount : randomness.next() % wordCount
    if isNew { wordCount += 1 }
    var choice = Randomness(state: number &* 0xD1B5_4A32_D192_ED03 &+ 7)
    while true {
      // ---- A real word ----
      var start = Int(choice.next() % UInt64(text.count))
      while start < text.count, text[start] != 0x20 { start += 1 }
      start += 1
      var end = start
      while end < text.count, isHangulByte(text[end]) { end += 1 }
      guard end - start >= 9, end - start <= 45, (end - start) % 3 == 0 else { continue }
      // ---- A real syllable ----
      var other = Int(choice.next() % UInt64(text.count))
      while other + 3 < text.count, text[other] < 0xEA || text[other] > 0xED { other += 1 }
      guard other + 3 <= text.count, isHangulByte(text[other + 1]) else { continue }
      let replaced = start + 3 * Int(choice.next() % UInt64((end - start) / 3))
      output.append(copying: text.extracting(start..<replaced))
      output.append(copying: text.extracting(other..<other + 3))
      output.append(copying: text.extracting(replaced + 3..<end))
      return
    }
  }

  /// Whether the byte may be part of a syllable between U+A000 and U+DFFF, in well-formed UTF-8.
  private func isHangulByte(_ byte: UInt8) -> Bool {
    byte & 0xC0 == 0x80 || byte >= 0xEA && byte <= 0xED
  }
}
