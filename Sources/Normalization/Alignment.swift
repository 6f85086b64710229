// SPDX-License-Identifier: Apache-2.0

/// Where each piece of a normal text comes from: stretches that stayed as they were, and single code
/// points with the bytes they were made of.
package struct Alignment: Sendable, Equatable {
  /// A piece of the normal text and the bytes it comes from, in bytes of either text.
  package struct Piece: Sendable, Equatable {
    package var normal: Range<Int>
    package var source: Range<Int>
    /// Whether it is the source byte for byte.
    package var isCopy: Bool
  }

  /// In the order of the normal text, without a gap; what they leave out of the source was removed.
  package private(set) var pieces: [Piece] = []

  private var end: Int { pieces.last?.normal.upperBound ?? 0 }

  mutating func keep(_ source: Range<Int>) {
    if source.isEmpty { return }
    if let last = pieces.last, last.isCopy, last.source.upperBound == source.lowerBound {
      pieces[pieces.count - 1].source = last.source.lowerBound..<source.upperBound
      pieces[pieces.count - 1].normal = last.normal.lowerBound..<end + source.count
    } else {
      pieces.append(Piece(normal: end..<end + source.count, source: source, isCopy: true))
    }
  }

  mutating func add(_ count: Int, from source: Range<Int>) {
    pieces.append(Piece(normal: end..<end + count, source: source, isCopy: false))
  }

  /// Removes stretches of the normal text, whole code points in ascending order.
  mutating func leaveOut(_ removed: [Range<Int>]) {
    let old = pieces
    pieces = []
    var next = 0
    for piece in old {
      var start = piece.normal.lowerBound
      while start < piece.normal.upperBound {
        if next < removed.count, removed[next].lowerBound <= start {
          start = max(start, min(removed[next].upperBound, piece.normal.upperBound))
          if removed[next].upperBound <= start { next += 1 }
          continue
        }
        let limit = next < removed.count ? removed[next].lowerBound : Int.max
        let end = min(piece.normal.upperBound, limit)
        let shift = piece.source.lowerBound - piece.normal.lowerBound
        if piece.isCopy {
          keep(start + shift..<end + shift)
        } else {
          add(end - start, from: piece.source)
        }
        start = end
      }
    }
  }
}
