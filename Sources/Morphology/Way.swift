// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// A cheapest way through words from a place of a run to the run's end, as one number by which ways are
/// compared.
///
/// From the top: 32 bits of cost, a bit for each of the last eight syllables, set if the run is cut before it,
/// 8 bits that tell whether another way costs the same and cuts differently, and 16 bits, the class of the first
/// word's beginning.
struct Way: BitwiseCopyable {
  var bits: Int64

  static let worst = Way(bits: .max)
  private static let costShift: Int64 = 32
  private static let cutShift: Int64 = 24
  private static let cutMask: Int64 = 0xFF << cutShift
  private static let tiedBit: Int64 = 1 << 16
  private static let classMask: Int64 = 0xFFFF

  @inline(__always)
  init(bits: Int64) { self.bits = bits }

  /// The way of no word, in front of what begins like `beginning`.
  init(end beginning: UInt16) { bits = Int64(beginning) }

  @inline(__always)
  var beginning: UInt16 { UInt16(truncatingIfNeeded: bits) }
  /// Whether another way costs the same and cuts differently.
  @inline(__always)
  var isTied: Bool { bits & Self.tiedBit != 0 }

  /// For each of `count` syllables a bit, set if it is cut before it.
  @inline(__always)
  func cuts(of count: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: bits &>> Self.cutShift) &>> UInt8(truncatingIfNeeded: 8 &- count)
  }

  /// The bit of a cut before the syllable that has `rest` syllables from itself to the end of the run.
  @inline(__always)
  static func cutBit(_ rest: Int) -> Int64 {
    1 &<< (cutShift &+ 8 &- Int64(truncatingIfNeeded: rest))
  }

  @inline(__always)
  func adding(_ cost: Int) -> Way { Way(bits: bits &+ Int64(cost) &<< Self.costShift) }

  /// This way with one more word, of the class `beginning`, in front of it.
  @inline(__always)
  func behind(_ beginning: UInt16, cut: Int64) -> Way {
    Way(bits: bits & ~Self.classMask | Int64(beginning) | cut)
  }

  @inline(__always)
  func better(_ other: Way) -> Way {
    if (bits ^ other.bits) &>> Self.costShift == 0 { return tied(other) }
    return Way(bits: min(bits, other.bits))
  }

  /// Of this way and `other`, which costs the same, either, marked if they are cut differently.
  @inline(never)
  private func tied(_ other: Way) -> Way {
    let isTied = (bits ^ other.bits) & Self.cutMask != 0 || isTied || other.isTied
    return Way(bits: min(bits, other.bits) | (isTied ? Self.tiedBit : 0))
  }
}
