// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Where `patterns` cut `text`, each applied to the pieces that the one before made.
///
/// The oracle for the fast paths, not used to encode. A piece is its own text: what looks ahead sees
/// its end. Stretches that no match covers are pieces too, as Hugging Face's `Split` leaves them.
func patternReferenceEnds(of text: Span<UInt8>, _ patterns: [String]) -> [Int] {
  let characters = ReferenceCharacters(text)
  var pieces = characters.count == 0 ? [] : [0..<characters.count]
  for pattern in patterns {
    let matcher = matchers[pattern] ?? BacktrackingPattern(pattern)
    pieces = pieces.flatMap { piece in
      var ends: [Int] = []
      let inside = characters.extracting(piece)
      var at = 0
      while at < inside.count {
        if let end = matcher.match(inside, at: at) {
          if at > (ends.last ?? 0) { ends.append(at) }
          ends.append(end)
          at = end
        } else {
          at += 1
        }
      }
      if (ends.last ?? 0) < inside.count { ends.append(inside.count) }
      return zip([0] + ends.dropLast(), ends).map { $0 + piece.lowerBound..<$1 + piece.lowerBound }
    }
  }
  return pieces.map { characters.starts[$0.upperBound] }
}

/// The matchers of all rules: reading a pattern takes longer than matching a short text.
private let matchers: [String: BacktrackingPattern] = Dictionary(
  PreTokenizer.allCases.flatMap(\.patterns).map { ($0, BacktrackingPattern($0)) }
) { first, _ in first }

/// A text as an array of code points with their categories and byte offsets.
struct ReferenceCharacters {
  var points: [UInt32] = []
  var categories: [CharacterCategory] = []
  /// Byte offsets; one more than there are characters.
  var starts: [Int] = []

  var count: Int { points.count }

  init(_ text: Span<UInt8>) {
    var offset = 0
    while offset < text.count {
      let scalar = decodeUTF8(text, at: offset)
      points.append(scalar.value)
      // What is not UTF-8 is decoded as U+FFFD, a symbol.
      categories.append(CharacterCategories.shared(scalar.value))
      starts.append(offset)
      offset += scalar.byteCount
    }
    starts.append(offset)
  }

  /// The characters `range` alone.
  func extracting(_ range: Range<Int>) -> ReferenceCharacters {
    var part = self
    part.points = Array(points[range])
    part.categories = Array(categories[range])
    part.starts = Array(starts[range.lowerBound...range.upperBound])
    return part
  }
}
