// SPDX-License-Identifier: Apache-2.0

internal import TextCore

extension BPEModel {
  /// Short pretokens: the parts lie in a flat array, the lowest rank is searched from the left.
  func encodeByLinearSearch(
    _ pretoken: Span<UInt8>, to output: inout TokenBuffer, scratch: inout BPEScratch
  ) {
    scratch.parts.removeAll()
    for index in pretoken.indices {
      scratch.parts.append(byteTokens.span[Int(pretoken[index])])
    }
    _ = scratch.parts.merge(pairs)
    scratch.parts.append(to: &output)
  }

  /// Pretokens of any characters: from whole ones where that is known to be the same, from bytes
  /// elsewhere; false if that is nowhere certain, and then nothing is written.
  ///
  /// Where two characters might be joined by halves, both are taken apart, and their neighbours too
  /// if those might be joined to any half of them.
  func encodeByUnitsAndBytes(
    _ pretoken: Span<UInt8>, to output: inout TokenBuffer, scratch: inout BPEScratch
  ) -> Bool {
    units.findPieces(of: pretoken, &scratch.pieces)
    units.takeApart(&scratch.pieces)
    scratch.parts.removeAll()
    for index in 0..<scratch.pieces.count {
      let piece = scratch.pieces[index]
      if piece.isTakenApart {
        for byte in piece.start..<piece.start &+ piece.byteCount {
          scratch.parts.append(byteTokens.span[Int(pretoken[byte])])
        }
      } else {
        scratch.parts.append(units.units.span[piece.unit])
      }
    }
    guard scratch.parts.merge(pairs) else { return false }
    scratch.parts.append(to: &output)
    return true
  }
}
