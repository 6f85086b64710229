// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// From offsets in transcoded text back to offsets in the decompressed file.
///
/// Between two anchors the way back is a rule: how many bytes a character took. Only where the rule
/// breaks, at escapes and where a line is in another charset, must an anchor stand.
struct OffsetMap: Sendable {
  /// How many bytes of the source a character took.
  enum Rule: Sendable {
    /// As many as in UTF-8.
    case same
    /// One for ASCII and for a byte without a meaning, else two.
    case pairs
    /// Two, or four beyond the Basic Multilingual Plane.
    case units
  }

  struct Anchor: Sendable {
    var offset: Int
    var source: Int
    var rule: Rule
  }

  /// In the order of their offsets; the first stands at or before the first byte of the text.
  private(set) var anchors: [Anchor] = []

  mutating func add(_ offset: Int, _ source: Int, _ rule: Rule) {
    if let last = anchors.last, last.offset == offset { anchors.removeLast() }
    anchors.append(Anchor(offset: offset, source: source, rule: rule))
  }

  /// Adds an anchor where the rule goes on, so that the way from the one before is short.
  mutating func addRegular(_ offset: Int, _ source: Int, _ rule: Rule) {
    if let last = anchors.last, last.rule == rule, offset - last.offset < Self.anchorDistance {
      return
    }
    add(offset, source, rule)
  }

  /// 512 bytes: a few of the walk's nanoseconds a record, and 1/16 of the text in memory.
  private static let anchorDistance = 512

  /// The offset in the source of the byte at `offset` of `text`, with which this map begins.
  ///
  /// - Complexity: O(log n) in the anchors and O(n) in the bytes from the one before.
  func source(of offset: Int, in text: Span<UInt8>) -> Int {
    var low = 0
    var high = anchors.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if anchors[middle].offset <= offset { low = middle } else { high = middle }
    }
    guard low < anchors.count else { return offset }
    let anchor = anchors[low]
    let passed = text.extracting(min(anchor.offset, text.count)..<min(offset, text.count))
    return anchor.source + sourceBytes(of: passed, anchor.rule)
  }

  /// Takes away the part of the map that is for the first `count` bytes of `text`; what is left begins
  /// behind them.
  mutating func take(_ count: Int, of text: Span<UInt8>) -> OffsetMap {
    let source = source(of: count, in: text)
    var taken = OffsetMap()
    taken.anchors = Array(anchors.prefix { $0.offset < count || $0.offset == 0 })
    let rule = taken.anchors.last?.rule ?? .same
    var rest = OffsetMap()
    rest.anchors = anchors.dropFirst(taken.anchors.count).map { anchor in
      Anchor(offset: anchor.offset - count, source: anchor.source, rule: anchor.rule)
    }
    if rest.anchors.first?.offset != 0 {
      rest.anchors.insert(Anchor(offset: 0, source: source, rule: rule), at: 0)
    }
    self = rest
    return taken
  }

  private func sourceBytes(of text: Span<UInt8>, _ rule: Rule) -> Int {
    if rule == .same { return text.count }
    var total = 0
    for offset in text.indices {
      let byte = text[offset]
      // Continuation bytes count with the first of their character.
      if byte & 0xC0 == 0x80 { continue }
      switch rule {
      case .same: total += 1
      case .pairs: total += byte < 0x80 || byte == undecodable ? 1 : 2
      case .units: total += byte >= 0xF0 && byte != undecodable ? 4 : 2
      }
    }
    return total
  }
}
