// SPDX-License-Identifier: Apache-2.0

internal import TextCore

// UTF-8 that was read as Latin-1, as CP1252 or as CP949, and encoded as UTF-8 again: "한국" becomes
// "í•œêµ\u{AD}". It is undone only where that is proved: the text encodes without rest into bytes
// of that charset, they are UTF-8 with more frequent syllables than the text had, and reading them by
// that charset gives the text again.

extension DocumentBatch {
  /// Undoes the double encoding of the documents that have one.
  ///
  /// - Complexity: O(n); documents of ordinary Korean are known at their first syllables.
  mutating func repairMojibake() {
    var whole = ByteBuffer()
    var repaired = ByteBuffer()
    var copied = 0
    var newEnds = GrowableBuffer<Int>()
    for index in 0..<count {
      repaired.removeAll()
      if undoDoubleEncoding(document(index), to: &repaired) {
        let range = range(of: index)
        whole.append(copying: text.span.extracting(copied..<range.lowerBound))
        whole.append(copying: repaired.span)
        copied = range.upperBound
        repairedDocuments += 1
      }
      newEnds.append(whole.count + ends[index] - copied)
    }
    guard copied > 0 else { return }
    whole.append(copying: text.span.extracting(copied..<text.count))
    swap(&text, &whole)
    swap(&ends, &newEnds)
  }
}

/// Appends what `text` was before it was read by a wrong charset and encoded again; false, and nothing
/// is appended, if that cannot be proved.
func undoDoubleEncoding(_ text: Span<UInt8>, to output: inout ByteBuffer) -> Bool {
  if isASCII(text) || !isWellFormedUTF8(text) { return false }
  for charset in MisreadCharset.allCases {
    var bytes = ByteBuffer()
    // What its beginning refutes is most of all text.
    let probe = min(text.count, 96)
    if text.count > probe {
      guard charset.encode(text, upTo: probe, to: &bytes) else { continue }
      guard !isRefuted(bytes.span) else { continue }
      bytes.removeAll()
    }
    guard charset.encode(text, upTo: text.count, to: &bytes), isWellFormedUTF8(bytes.span) else {
      continue
    }
    let share = CodeUnits(of: bytes.span, in: .utf8).share
    guard share >= Charset.leastShare, share > CodeUnits(of: text, in: .utf8).share else {
      continue
    }
    var readAgain = ByteBuffer()
    charset.decode(bytes.span, to: &readAgain)
    guard readAgain.span.elementsEqual(text) else { continue }
    output.append(copying: bytes.span)
    return true
  }
  return false
}

/// Whether `bytes`, the beginning of a text, are not UTF-8, a torn end aside.
private func isRefuted(_ bytes: Span<UInt8>) -> Bool {
  var offset = 0
  while offset < bytes.count - 3 {
    let scalar = decodeUTF8(bytes, at: offset)
    if !scalar.isWellFormed { return true }
    offset += scalar.byteCount
  }
  return false
}

/// A charset by which UTF-8 is read by mistake.
private enum MisreadCharset: CaseIterable {
  case latin1, cp1252, cp949

  /// Appends the bytes of the characters of `text` that begin before `limit`; false if one has none.
  func encode(_ text: Span<UInt8>, upTo limit: Int, to bytes: inout ByteBuffer) -> Bool {
    var offset = 0
    while offset < limit {
      let scalar = decodeUTF8(text, at: offset)
      offset += scalar.byteCount
      guard scalar.value <= 0xFFFF else { return false }
      let unit = UInt16(truncatingIfNeeded: scalar.value)
      if unit < 0x80 {
        bytes.append(UInt8(unit))
        continue
      }
      switch self {
      case .latin1:
        guard unit <= 0xFF else { return false }
        bytes.append(UInt8(unit))
      case .cp1252:
        guard let byte = windows1252Bytes[unit] else { return false }
        bytes.append(byte)
      case .cp949:
        let pair = cp949Pairs[Int(unit)]
        guard pair != 0 else { return false }
        bytes.append(UInt8(pair >> 8))
        bytes.append(UInt8(truncatingIfNeeded: pair))
      }
    }
    return true
  }

  /// Appends the UTF-8 of `bytes`.
  func decode(_ bytes: Span<UInt8>, to text: inout ByteBuffer) {
    switch self {
    case .latin1: for offset in bytes.indices { appendUTF8Unit(UInt16(bytes[offset]), to: &text) }
    case .cp1252:
      for offset in bytes.indices { appendUTF8Unit(windows1252[Int(bytes[offset])], to: &text) }
    case .cp949: DoubleByteCharset.cp949.appendUTF8(bytes, to: &text)
    }
  }
}

/// The code points of windows-1252 (WHATWG Encoding Standard): Latin-1 but for 0x80 to 0x9F.
private let windows1252: [UInt16] = {
  let special: [UInt16] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
  ]
  return (0...255).map { 0x80...0x9F ~= $0 ? special[$0 - 0x80] : UInt16($0) }
}()

private let windows1252Bytes: [UInt16: UInt8] = Dictionary(
  uniqueKeysWithValues: windows1252.enumerated().map { ($0.element, UInt8($0.offset)) })

/// The pair of each UTF-16 code unit in CP949, 0 where there is none.
private let cp949Pairs: [UInt16] = {
  var pairs = [UInt16](repeating: 0, count: 1 << 16)
  for pair in 0x8100...0xFFFF {
    let unit = DoubleByteCharset.cp949.unit(UInt8(pair >> 8), UInt8(pair & 0xFF))
    if unit != 0, pairs[Int(unit)] == 0 { pairs[Int(unit)] = UInt16(pair) }
  }
  return pairs
}()
