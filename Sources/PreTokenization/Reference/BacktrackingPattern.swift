// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A regular expression of the kind pre-tokenizers are published in, matched by plain backtracking.
///
/// Knows what those expressions use: literals, `[…]`, `\p{…}`, `\s`, `\S`, `(?:…)`, `(?i:…)`, `(?!…)`,
/// `$` (the end of the text), `|`, and the quantifiers `? * + {m,n}`, greedy or possessive. A pattern
/// with anything else traps. Exponential in the worst case: for the tests' short texts.
struct BacktrackingPattern: Sendable {
  typealias CharacterTest = @Sendable (ReferenceCharacters, Int) -> Bool

  indirect enum Node: Sendable {
    case character(CharacterTest)
    case sequence([Node])
    case alternatives([Node])
    case repeated(Node, ClosedRange<Int>, isPossessive: Bool)
    case notAhead(Node)
    case end
  }

  private let root: Node

  init(_ pattern: String) {
    var parser = PatternParser(pattern)
    root = parser.alternatives()
    precondition(parser.isAtEnd, "an unbalanced pattern")
  }

  /// The end of the match that starts at the character `start`, or nil.
  func match(_ text: ReferenceCharacters, at start: Int) -> Int? {
    match(root, text, start) { $0 }
  }

  /// Matches `node` at `at`, then `next`; the first way that gets through gives the end.
  private func match(
    _ node: Node, _ text: ReferenceCharacters, _ at: Int, _ next: (Int) -> Int?
  ) -> Int? {
    switch node {
    case .character(let isIn):
      return at < text.count && isIn(text, at) ? next(at + 1) : nil
    case .sequence(let parts):
      guard let first = parts.first else { return next(at) }
      let rest = Node.sequence(Array(parts.dropFirst()))
      return match(first, text, at) { match(rest, text, $0, next) }
    case .alternatives(let options):
      for option in options {
        if let end = match(option, text, at, next) { return end }
      }
      return nil
    case .repeated(let part, let counts, let isPossessive):
      if isPossessive {
        return match(.repeated(part, counts, isPossessive: false), text, at) { $0 }.flatMap(next)
      }
      if counts.upperBound > 0 {
        let low = max(counts.lowerBound - 1, 0)
        let high = counts.upperBound == .max ? .max : counts.upperBound - 1
        let more = Node.repeated(part, low...high, isPossessive: false)
        if let end = match(part, text, at, { $0 == at ? nil : match(more, text, $0, next) }) {
          return end
        }
      }
      return counts.lowerBound == 0 ? next(at) : nil
    case .notAhead(let part):
      return match(part, text, at) { $0 } == nil ? next(at) : nil
    case .end:
      return at == text.count ? next(at) : nil
    }
  }
}

/// Reads a pattern into its nodes, by recursive descent.
private struct PatternParser {
  private typealias CharacterTest = BacktrackingPattern.CharacterTest

  private let characters: [Character]
  private var place = 0
  private var ignoresCase = false

  init(_ pattern: String) { characters = Array(pattern) }

  var isAtEnd: Bool { place == characters.count }
  private var current: Character? { isAtEnd ? nil : characters[place] }

  private mutating func take(_ text: String) -> Bool {
    guard characters[place...].starts(with: text) else { return false }
    place += text.count
    return true
  }

  mutating func alternatives() -> BacktrackingPattern.Node {
    var options = [sequence()]
    while take("|") { options.append(sequence()) }
    return options.count == 1 ? options[0] : .alternatives(options)
  }

  private mutating func sequence() -> BacktrackingPattern.Node {
    var parts: [BacktrackingPattern.Node] = []
    while let current, current != "|", current != ")" { parts.append(quantified()) }
    return .sequence(parts)
  }

  private mutating func quantified() -> BacktrackingPattern.Node {
    let part = atom()
    let counts: ClosedRange<Int>
    if take("?") {
      counts = 0...1
    } else if take("*") {
      counts = 0...Int.max
    } else if take("+") {
      counts = 1...Int.max
    } else if take("{1,3}") {
      counts = 1...3
    } else {
      return part
    }
    return .repeated(part, counts, isPossessive: take("+"))
  }

  private mutating func atom() -> BacktrackingPattern.Node {
    if take("(?!") { return .notAhead(group()) }
    if take("(?:") { return group() }
    if take("(?i:") {
      ignoresCase = true
      defer { ignoresCase = false }
      return group()
    }
    if take("$") { return .end }
    if take("[") { return .character(set()) }
    return .character(member())
  }

  private mutating func group() -> BacktrackingPattern.Node {
    let inside = alternatives()
    precondition(take(")"), "an unbalanced pattern")
    return inside
  }

  /// The rest of `[…]`.
  private mutating func set() -> CharacterTest {
    let isNegated = take("^")
    var members: [CharacterTest] = []
    while !take("]") { members.append(member(inSet: true)) }
    let found = members
    return { text, index in found.contains { $0(text, index) } != isNegated }
  }

  /// A character, a range of them in a set, or a class.
  private mutating func member(inSet: Bool = false) -> CharacterTest {
    if take("\\") { return escape() }
    let first = point()
    if inSet, current == "-" {
      place += 1
      let last = point()
      return { text, index in (first...last).contains(text.points[index]) }
    }
    let ignoresCase = ignoresCase
    return { text, index in
      text.points[index] == first
        || ignoresCase && foldedASCII(text.points[index]) == foldedASCII(first)
    }
  }

  private mutating func point() -> UInt32 {
    defer { place += 1 }
    return characters[place].unicodeScalars.reduce(0) { $0 == 0 ? $1.value : $0 }
  }

  private mutating func escape() -> CharacterTest {
    if take("s") { return { $0.categories[$1] == .whiteSpace } }
    if take("S") { return { $0.categories[$1] != .whiteSpace } }
    if take("r") { return { $0.points[$1] == 0x0D } }
    if take("n") { return { $0.points[$1] == 0x0A } }
    if take("p{") {
      var name = ""
      while let current, !take("}") {
        name.append(current)
        place += 1
      }
      return category(name)
    }
    let literal = point()
    precondition(literal < 0x80 && !isASCIILetterOrDigit(literal), "an unknown escape")
    return { $0.points[$1] == literal }
  }

  private func category(_ name: String) -> CharacterTest {
    switch name {
    case "L": { $0.categories[$1].isLetter }
    // `Lt` goes with `Lu`, and `Lm` with `Lo`, wherever they are used.
    case "Lu", "Lt": { $0.categories[$1] == .upper }
    case "Ll": { $0.categories[$1] == .lower }
    case "Lm", "Lo": { $0.categories[$1] == .uncased }
    case "M": { $0.categories[$1] == .mark }
    case "N": { $0.categories[$1] == .number }
    case "Numeric": { CharacterCategories.isNumeric($0.points[$1]) }
    case "P", "S": { $0.categories[$1] == .punctuation }
    default: preconditionFailure("an unknown category \(name)")
    }
  }
}

/// Simple case folding of what folds to an ASCII letter: the long s and the Kelvin sign among it.
private func foldedASCII(_ point: UInt32) -> UInt32 {
  switch point {
  case 0x41...0x5A: point + 0x20
  case 0x17F: 0x73
  case 0x212A: 0x6B
  default: point
  }
}

private func isASCIILetterOrDigit(_ point: UInt32) -> Bool {
  (0x30...0x39).contains(point) || (0x61...0x7A).contains(foldedASCII(point))
}
