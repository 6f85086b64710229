// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// GPT-2's rule, alternative by alternative, as a backtracking regular expression tries them.
///
/// The oracle for the fast path, not used to encode. Source: Radford and others, 2019, `encoder.py`.
func gpt2ReferenceEnds(of text: Span<UInt8>) -> [Int] {
  let characters = ReferenceCharacters(text)
  var ends: [Int] = []
  var at = 0
  while at < characters.count {
    at = gpt2Match(characters, at)
    ends.append(characters.starts[at])
  }
  return ends
}

/// A text as an array of code points with their classes and byte offsets.
struct ReferenceCharacters {
  var points: [UInt32] = []
  var classes: [CharacterClass] = []
  /// Byte offsets; one more than there are characters.
  var starts: [Int] = []

  var count: Int { points.count }

  init(_ text: Span<UInt8>) {
    var offset = 0
    while offset < text.count {
      let scalar = decodeUTF8(text, at: offset)
      points.append(scalar.value)
      classes.append(scalar.isWellFormed ? CharacterClasses.shared(scalar.value) : .other)
      starts.append(offset)
      offset += scalar.byteCount
    }
    starts.append(offset)
  }

  func isSpace(_ index: Int) -> Bool { index < count && points[index] == 0x20 }

  /// The end of the run of characters of class `wanted` from `start`.
  func endOfRun(_ wanted: CharacterClass, from start: Int) -> Int {
    var index = start
    while index < count, classes[index] == wanted { index += 1 }
    return index
  }
}

/// The end of the match that starts at `start`; every character begins some match.
private func gpt2Match(_ text: ReferenceCharacters, _ start: Int) -> Int {
  // 's|'t|'re|'ve|'m|'ll|'d
  for suffix in ["s", "t", "re", "ve", "m", "ll", "d"] {
    let wanted = [UInt32(0x27)] + suffix.unicodeScalars.map(\.value)
    if start + wanted.count <= text.count,
      Array(text.points[start..<start + wanted.count]) == wanted
    {
      return start + wanted.count
    }
  }
  // ` ?\p{L}+`, ` ?\p{N}+`, ` ?[^\s\p{L}\p{N}]+`
  for wanted in [CharacterClass.letter, .number, .other] {
    let first = text.isSpace(start) ? start + 1 : start
    let end = text.endOfRun(wanted, from: first)
    if end > first { return end }
  }
  // \s+(?!\S)|\s+
  let end = text.endOfRun(.whiteSpace, from: start)
  return end < text.count && end - start > 1 ? end - 1 : end
}
