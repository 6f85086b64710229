// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A stretch of a text that normalisation made another of.
package struct NormalizationChange: Sendable, Equatable {
  /// What it became, in bytes of the normal text; empty if it was left out.
  package var normal: Range<Int>
  /// What it was, in bytes of the text as given.
  package var source: Range<Int>
}

extension NormalizedText {
  /// What differs from `source`, which this was made of: each stretch between what stayed as it was.
  ///
  /// - Parameters:
  ///   - source: The text as given.
  ///   - offsets: Added to the places of either text, for a text that is part of a longer one.
  /// - Returns: The changes, in the order of the text.
  /// - Complexity: O(n).
  package func changes(
    of source: Span<UInt8>, movedBy offsets: (normal: Int, source: Int) = (0, 0)
  ) -> [NormalizationChange] {
    var changes: [NormalizationChange] = []
    var from = (normal: 0, source: 0)
    /// Ends the change that began at `from`, if there is one.
    func end(_ normal: Int, _ original: Int) {
      let own = text.span.extracting(from.normal..<normal)
      let old = source.extracting(from.source..<max(original, from.source))
      if own.elementsEqual(old) { return }
      changes.append(
        NormalizationChange(
          normal: offsets.normal + from.normal..<offsets.normal + normal,
          source: offsets.source + from.source..<offsets.source + from.source + old.count))
    }
    for piece in alignment.pieces where piece.isCopy {
      end(piece.normal.lowerBound, piece.source.lowerBound)
      from = (piece.normal.upperBound, piece.source.upperBound)
    }
    end(text.count, source.count)
    return changes
  }
}
