// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

// Masks and the scalar path take turns: where masks meet a character that is not for them, the scalar
// path cuts its neighbourhood, and masks go on behind that. Each begins where the other has ended a
// pretoken. The rules only look ahead, so that from the end of a pretoken on a text is cut as if it
// began there.

/// Where masks stop before a character that is not for them.
struct MaskStop {
  /// The last end that is sure, or where the masks began: the scalar path goes on from here.
  let start: Int
  /// The end of the block of the character.
  let blockEnd: Int

  /// Takes back those of the ends behind the first `sureCount` that the stopped `block` may not allow.
  ///
  /// Behind their block masks look at characters one by one, whatever these are, except to see whether
  /// a run of white space goes on: there they know ASCII only. Cuts that hang on it are inside the run.
  @inline(never)
  init(
    _ scanner: borrowing ClassScanner, _ block: Int, from start: Int, _ ends: inout PretokenEnds,
    sureCount: Int
  ) {
    var count = ends.count
    while count > sureCount, scanner.isInsideBlanks(Int(ends[count &- 1])) { count &-= 1 }
    ends.truncate(to: count)
    self.start = count > sureCount ? Int(ends[count &- 1]) : start
    blockEnd = (block &+ 1) &<< 6
  }
}

/// How far the scalar path goes on where masks have stopped: to the end of the block at least, so that
/// no byte is left to it twice.
struct ScalarReach {
  /// The bytes behind the block.
  private var more = 0

  /// Where the scalar path may end that begins at `stop`, of masks that began at `start`.
  ///
  /// Masks that stop again at once are tried less and less often, so that a text that is not for them
  /// takes hardly longer than by the scalar path alone; but every 4 KiB, for it may change.
  mutating func limit(_ stop: MaskStop, masksFrom start: Int, _ scanner: borrowing ClassScanner)
    -> Int
  {
    more = stop.start &- start < 64 ? min(2 &* more &+ 64, 4096) : 0
    return min(stop.blockEnd &+ more, scanner.count)
  }
}

extension ClassScanner {
  /// Whether there is ASCII white space on both sides of `offset`, which is inside the document.
  fileprivate func isInsideBlanks(_ offset: Int) -> Bool {
    isBlank(offset) && isBlank(offset &- 1)
  }

  private func isBlank(_ offset: Int) -> Bool {
    blocks[offset >> 6].blanks >> UInt64(truncatingIfNeeded: offset & 63) & 1 != 0
  }
}
