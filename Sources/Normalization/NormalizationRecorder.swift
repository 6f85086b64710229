// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Takes note of what a normaliser does; one a thread.
package final class NormalizationRecorder {
  /// What was changed since it was last taken.
  package private(set) var receipt = NormalizationReceipt()
  /// Where the text comes from that is normalised now: its file, and its line or the number of its
  /// record.
  package var path = ""
  package var line = 0

  /// Where each piece of the normal text comes from, where that is wanted.
  private(set) var alignment: Alignment?
  let wantsReceipt: Bool
  var wantsAlignment: Bool { alignment != nil }

  /// A recorder of receipts.
  package convenience init() { self.init(wantsReceipt: true, wantsAlignment: false) }

  init(wantsReceipt: Bool, wantsAlignment: Bool) {
    self.wantsReceipt = wantsReceipt
    alignment = wantsAlignment ? Alignment() : nil
  }

  /// The receipt so far, which begins anew.
  package func takeReceipt() -> NormalizationReceipt {
    defer { receipt = NormalizationReceipt() }
    return receipt
  }

  /// Replaces the lines of the samples since the receipt was last taken.
  package func replaceLines(_ line: (Int) -> Int) { receipt.replaceLines(line) }

  // MARK: What the normaliser tells

  /// Whether changes by `rule` have to be told one by one.
  func wantsEach(_ rule: NormalizationRules) -> Bool {
    wantsAlignment || wantsReceipt && receipt.wantsSample(of: rule)
  }

  /// So many changes by `rule` that need no sample.
  func count(_ rule: NormalizationRules, _ times: Int) { receipt.count(rule, times) }

  /// `rule` made `result` of the bytes `changed` of `window`.
  func fired(
    _ rule: NormalizationRules, _ window: Window, _ changed: Range<UInt32>, _ result: [UInt32]
  ) {
    guard wantsReceipt else { return }
    let start = window.range.lowerBound
    fired(
      rule, window.text, start + Int(changed.lowerBound)..<start + Int(changed.upperBound), result)
  }

  /// `rule` made `result` of the bytes `changed` of `text`.
  func fired(
    _ rule: NormalizationRules, _ text: Span<UInt8>, _ changed: Range<Int>, _ result: [UInt32]
  ) {
    guard wantsReceipt else { return }
    receipt.count(rule, 1)
    guard receipt.wantsSample(of: rule) else { return }
    let limit = NormalizationReceipt.contextPoints
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: result.prefix(limit).compactMap(Unicode.Scalar.init))
    let before = start(of: limit, in: text, before: changed.lowerBound)
    receipt.add(
      .init(
        path: path, line: line, before: string(text, before..<changed.lowerBound),
        source: string(
          text, changed.lowerBound..<end(of: limit, in: text, from: changed)),
        after: string(
          text,
          changed.upperBound..<end(of: limit, in: text, from: changed.upperBound..<text.count)),
        result: String(scalars)),
      of: rule)
  }

  /// The bytes `range` of the text stay as they are.
  func keep(_ range: Range<Int>) { alignment?.keep(range) }

  /// The next `count` bytes of the normal text are made from the bytes `source`.
  func made(_ count: Int, from source: Range<Int>) { alignment?.add(count, from: source) }

  /// Stretches of the normal text are left out after all.
  func leaveOut(_ removed: [Range<Int>]) { alignment?.leaveOut(removed) }

  func takeAlignment() -> Alignment? {
    defer { if alignment != nil { alignment = Alignment() } }
    return alignment
  }

  // MARK: Context

  private func string(_ text: Span<UInt8>, _ range: Range<Int>) -> String {
    String(decodingUTF8: text.extracting(range))
  }

  private func start(of points: Int, in text: Span<UInt8>, before end: Int) -> Int {
    var start = end
    var left = points
    while start > 0, left > 0 {
      start -= 1
      if text[start] & 0xC0 != 0x80 { left -= 1 }
    }
    return start
  }

  private func end(
    of points: Int, in text: Span<UInt8>, from range: Range<Int>
  ) -> Int {
    var end = range.lowerBound
    var left = points
    while end < range.upperBound, left > 0 {
      end += decodeUTF8(text, at: end).byteCount
      left -= 1
    }
    return min(end, range.upperBound)
  }
}
