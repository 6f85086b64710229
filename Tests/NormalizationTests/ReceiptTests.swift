// SPDX-License-Identifier: Apache-2.0

import Normalization
import TestSupport
import Testing
import TextCore

@Suite struct ReceiptTests {
  private func receipt(_ texts: [[UInt8]], _ normalizer: Normalizer) throws -> NormalizationReceipt
  {
    let recorder = NormalizationRecorder()
    var output = ByteBuffer()
    for (line, text) in texts.enumerated() {
      recorder.path = "a"
      recorder.line = line + 1
      try normalizer.append(text.span, to: &output, recorder)
    }
    return recorder.takeReceipt()
  }

  @Test("receipts of parts add up to the receipt of all, wherever they are cut")
  func merging() throws {
    let texts = (0..<60).map { TestTexts.random($0) }
    for normalizer in TestTexts.normalizers {
      let whole = try receipt(texts, normalizer)
      for split in stride(from: 0, through: texts.count, by: 7) {
        // Lines go on in the second part.
        let recorder = NormalizationRecorder()
        var merged = NormalizationReceipt()
        var output = ByteBuffer()
        for (line, text) in texts.enumerated() {
          if line == split { merged.merge(recorder.takeReceipt()) }
          (recorder.path, recorder.line) = ("a", line + 1)
          try normalizer.append(text.span, to: &output, recorder)
        }
        merged.merge(recorder.takeReceipt())
        #expect(merged == whole, "\(normalizer.rawValue), split at \(split)")
      }
    }
  }

  @Test("the text is the same with a receipt, and nothing changed exactly where nothing is counted")
  func honest() throws {
    for normalizer in TestTexts.normalizers {
      for seed in 0..<500 {
        let text = TestTexts.random(seed)
        let recorder = NormalizationRecorder()
        var output = ByteBuffer()
        try normalizer.append(text.span, to: &output, recorder)
        let made = output.makeArray()
        #expect(try made == TestTexts.normalized(text, normalizer))
        if made != text { #expect(recorder.receipt.total > 0, "\(normalizer.rawValue), \(seed)") }
        if recorder.receipt.total == 0 { #expect(made == text) }
      }
    }
  }

  @Test("syllables are counted alike by the kernel and one by one")
  func syllables() throws {
    let word: [UInt8] = Array("\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF} a".utf8)
    let texts = [[UInt8]](repeating: word, count: 100)
    let apart = try receipt(texts, .nfc)
    #expect(apart.count(of: .nfc) == 200)
    let together = try receipt([texts.flatMap { $0 }], .nfc)
    #expect(together.count(of: .nfc) == 200)
    #expect(together.samples(of: .nfc).map(\.result) == ["한", "글", "한"])
  }

  @Test("a sample shows where, what, the text around it and what became of it")
  func samples() throws {
    let text = Array("가나\u{A0}다라 \u{200B}마".utf8)
    let receipt = try receipt([Array("앞".utf8), text], Normalizer(.korean))
    #expect(receipt.count(of: .spaces) == 1 && receipt.count(of: .zeroWidth) == 1)
    #expect(
      receipt.samples(of: .spaces) == [
        .init(
          path: "a", line: 2, before: "가나", source: "\u{A0}", after: "다라 \u{200B}마", result: " ")
      ])
    #expect(receipt.samples(of: .zeroWidth).map(\.result) == [""])
  }

  @Test("a receipt comes back from its JSON")
  func json() throws {
    let receipt = try receipt((0..<60).map { TestTexts.random($0) }, Normalizer(.korean))
    let text = receipt.json(of: NormalizationProfile.korean.rules).serialized()
    let stored = NormalizationReceipt(try JSONDocument(text, path: "a").root)
    #expect(stored == receipt)
  }
}
