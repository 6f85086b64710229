// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// GPT-2's rule in one pass over the bytes from `start` on.
///
/// At the start of a pretoken its first character (after one optional space) decides the class of
/// the run; the run ends at the first character of another class. Each byte is looked at a bounded
/// number of times: white space runs are entered once and leave at most one character behind.
/// `mostNumbers` are the most numbers of a pretoken, if there is a limit.
///
/// - Returns: The last end, the first at `limit` or behind it.
func appendGPT2Ends(
  _ scanner: borrowing ClassScanner, from start: Int, until limit: Int,
  to ends: inout PretokenEnds, mostNumbers: Int? = nil
) -> Int {
  let text = scanner.text
  let count = text.count
  var at = start
  while at < limit {
    // ---- One optional space, then a run of one class ----
    let first = text[at] == 0x20 && at &+ 1 < count ? at &+ 1 : at
    if scanner.isMarked(first) {
      at = scanner.endOfLetters(from: first)
    } else if text[at] == UInt8(ascii: "'"), case let length = contractionLength(text, at),
      length > 0
    {
      at &+= length
    } else {
      let (runClass, length) = scanner.character(at: first)
      if runClass == .whiteSpace {
        // ---- White space: the last one is left for what follows, unless nothing does ----
        at = scanner.endOfWhiteSpace(from: at)
      } else if runClass == .number, let mostNumbers {
        at = scanner.endOfNumbers(text, from: first &+ length, atMost: mostNumbers &- 1)
      } else {
        at = scanner.endOfRun(runClass, from: first &+ length)
      }
    }
    // Safe: at <= count, which fits 32 bits.
    ends.append(UInt32(truncatingIfNeeded: at))
  }
  return at
}

/// The bytes of the English contraction at the apostrophe `at`, or 0.
func contractionLength(_ text: Span<UInt8>, _ at: Int) -> Int {
  guard at + 1 < text.count else { return 0 }
  switch text[at + 1] {
  case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
  case UInt8(ascii: "r"), UInt8(ascii: "v"):
    return at + 2 < text.count && text[at + 2] == UInt8(ascii: "e") ? 3 : 0
  case UInt8(ascii: "l"): return at + 2 < text.count && text[at + 2] == UInt8(ascii: "l") ? 3 : 0
  default: return 0
  }
}
