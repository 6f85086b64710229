// SPDX-License-Identifier: Apache-2.0

internal import CICU
internal import TextCore

extension NormalizationPlan {
  /// Appends the normal form of `text`, runs not yet capped, to `output`.
  func appendForm(
    _ text: Span<UInt8>, to output: inout ByteBuffer, _ recorder: NormalizationRecorder?
  ) throws(TextError) {
    guard !rules.subtracting(.capRepeats).isEmpty else {
      output.append(copying: text)
      recorder?.keep(0..<text.count)
      return
    }
    let table = try table()
    output.reserve(text.count)
    var copied = 0
    var offset = 0
    while true {
      let special = table.endOfPlain(in: text, from: offset)
      guard special < text.count else { break }
      // ---- The window: one plain code point back, on to the next plain one ----
      let start = startOfCharacter(in: text, before: special, notBefore: copied)
      output.append(copying: text.extracting(copied..<start))
      recorder?.keep(copied..<start)
      copied = start
      offset = appendJamo(text, start, special, to: &output, recorder)
      if offset > start {
        copied = offset
        continue
      }
      var end = special
      repeat {
        end += decodeUTF8(text, at: end).byteCount
      } while end < text.count && isSpecial(decodeUTF8(text, at: end), table)
      let window = Window(text, start..<end)
      if !appendMapped(special, window, to: &output, recorder) {
        try appendWindow(window, table, to: &output, recorder)
      }
      copied = end
      offset = end
    }
    output.append(copying: text.extracting(copied..<text.count))
    recorder?.keep(copied..<text.count)
  }

  private func isSpecial(_ scalar: DecodedScalar, _ table: Table) -> Bool {
    scalar.isWellFormed && !table.isPlain(scalar.value)
  }

  /// Where the character before `offset` begins; `offset` itself if that is ill-formed or begins before
  /// `limit`.
  private func startOfCharacter(
    in text: Span<UInt8>, before offset: Int, notBefore limit: Int
  ) -> Int {
    var start = offset - 1
    while start > limit, start > offset - 4, text[start] & 0xC0 == 0x80 { start -= 1 }
    guard start >= limit else { return offset }
    let scalar = decodeUTF8(text, at: start)
    return scalar.isWellFormed && start + scalar.byteCount == offset ? start : offset
  }

  /// Composes syllables from `start` on where a vowel at `special` follows a leading consonant and
  /// nobody wants to see each of them; returns where it stopped.
  private func appendJamo(
    _ text: Span<UInt8>, _ start: Int, _ special: Int, to output: inout ByteBuffer,
    _ recorder: NormalizationRecorder?
  ) -> Int {
    guard let form, special - start == 3, special + 2 < text.count, text[special] == 0xE1,
      text[special + 1] == 0x85, recorder?.wantsEach(form.rule) != true
    else { return start }
    let composed = appendComposingJamo(text, from: start, to: &output)
    recorder?.count(form.rule, composed.syllables)
    return start + composed.byteCount
  }

  /// Appends a window in which a single code point, at `special`, changes whatever stands beside it;
  /// returns false if it is none.
  ///
  /// What it becomes is plain, so nothing is left to compose.
  private func appendMapped(
    _ special: Int, _ window: Window, to output: inout ByteBuffer,
    _ recorder: NormalizationRecorder?
  ) -> Bool {
    let scalar = decodeUTF8(window.text, at: special)
    guard special + scalar.byteCount == window.range.upperBound,
      let (rule, result) = WindowRules.mapping(of: scalar.value), rules.contains(rule),
      form != .nfkc, !rules.contains(.nmtNFKC)
    else { return false }
    let start = window.range.lowerBound
    output.append(copying: window.text.extracting(start..<special))
    recorder?.keep(start..<special)
    recorder?.fired(
      rule, window.text, special..<window.range.upperBound, result.map { [$0] } ?? [])
    if let result {
      let before = output.count
      appendUTF8(result, to: &output)
      recorder?.made(output.count - before, from: special..<window.range.upperBound)
    }
    return true
  }

  /// Appends what becomes of a window.
  private func appendWindow(
    _ window: Window, _ table: Table, to output: inout ByteBuffer,
    _ recorder: NormalizationRecorder?
  ) throws(TextError) {
    // ---- ICU alone, where nothing is to be told ----
    if let form, rules.isDisjoint(with: .korean), recorder?.wantsAlignment != true {
      let before = output.count
      try ICU.append(form, window.bytes, to: &output)
      guard let recorder else { return }
      if output.span.extracting(before..<output.count).elementsEqual(window.bytes) { return }
      _ = try normalized(window.items, window, form, recorder)
      return
    }
    // ---- Rule by rule ----
    var items = window.items
    if let map = table.characterMap {
      items = map.apply(to: items, window, recorder)
    } else {
      WindowRules.apply(rules, to: &items, window, recorder)
      if let form { items = try normalized(items, window, form, recorder) }
    }
    for item in items {
      let before = output.count
      appendUTF8(item.point, to: &output)
      recorder?.made(
        output.count - before,
        from: window.range.lowerBound + Int(item.start)..<window.range.lowerBound + Int(item.end))
    }
  }

  /// The form of `items`, each cluster that changes told.
  private func normalized(
    _ items: [NormalItem], _ window: Window, _ form: ICU.Form,
    _ recorder: NormalizationRecorder?
  ) throws(TextError) -> [NormalItem] {
    var made: [NormalItem] = []
    for cluster in try ICU.clusters(form, items) {
      if cluster.isChanged, let recorder {
        let first = items[cluster.items.lowerBound].start
        let last = items[cluster.items].reduce(first) { max($0, $1.end) }
        recorder.fired(form.rule, window, first..<last, cluster.made.map(\.point))
      }
      made += cluster.made
    }
    return made
  }
}

extension ICU.Form {
  var rule: NormalizationRules { self == .nfc ? .nfc : .nfkc }
}

/// A stretch of text whose normal form depends on nothing outside but the code points beside it.
struct Window: ~Escapable {
  let text: Span<UInt8>
  let range: Range<Int>

  @_lifetime(copy text)
  init(_ text: Span<UInt8>, _ range: Range<Int>) {
    self.text = text
    self.range = range
  }

  var bytes: Span<UInt8> {
    @_lifetime(copy self)
    get { text.extracting(range) }
  }

  /// The code points, with the bytes they stand at.
  var items: [NormalItem] {
    var items: [NormalItem] = []
    var offset = range.lowerBound
    while offset < range.upperBound {
      let scalar = decodeUTF8(text, at: offset)
      let start = UInt32(offset - range.lowerBound)
      items.append(
        NormalItem(point: scalar.value, start: start, end: start + UInt32(scalar.byteCount)))
      offset += scalar.byteCount
    }
    return items
  }

  /// The code point behind the window, nil at the end of the text and before ill-formed bytes.
  var next: UInt32? {
    guard range.upperBound < text.count else { return nil }
    let scalar = decodeUTF8(text, at: range.upperBound)
    return scalar.isWellFormed ? scalar.value : nil
  }
}
