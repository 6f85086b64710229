// SPDX-License-Identifier: Apache-2.0

import CKernels
import TestSupport
import Testing

/// The keys of many pretokens at once, against their definition.
@Suite(.enabled(if: ck_can_make_keys(), "this processor makes keys one by one"))
struct PretokenKeyTests {
  private typealias Key = (low: UInt64, high: UInt64)

  /// Shapes whose lines tell them apart.
  private let shapes: [ck_key_shape] = (0..<32).map { number in
    let byteCount = number % 16
    func mask(_ count: Int) -> UInt64 { count >= 8 ? .max : 1 << UInt64(8 * max(count, 0)) - 1 }
    return ck_key_shape(
      low_mask: mask(byteCount), high_mask: mask(byteCount - 8), low_meta: UInt64(number) << 56,
      high_meta: UInt64(number) << 40, line_count: UInt64(1000 + number),
      first_line: UInt64(10_000 * number), is_short: 0, line_mask: number % 2 == 0 ? ~1 : .max)
  }

  private struct Made {
    var slots: ck_key_slots
    var keys: [(UInt64, UInt64)]
    var lines: [UInt32]
  }

  private func make(_ text: [UInt8], start: UInt32 = 0, _ ends: [UInt32]) -> Made {
    // 64 bytes behind the text are readable, and are no zeros.
    let padded = text + [UInt8](repeating: 0xA5, count: 64)
    var keys = [(UInt64, UInt64)](repeating: (0, 0), count: 64)
    var lines = [UInt32](repeating: 0, count: 64)
    let slots = unsafe padded.withUnsafeBufferPointer { padded in
      unsafe ends.withUnsafeBufferPointer { ends in
        unsafe ck_make_keys(
          shapes,
          ck_pretokens(
            text: padded.baseAddress, text_count: UInt64(text.count), ends: ends.baseAddress,
            count: ends.count, start: start),
          &keys, &lines)
      }
    }
    return Made(slots: slots, keys: keys, lines: lines)
  }

  /// The key and line of bytes behind `space` spaces, less than 16.
  private func expected(_ bytes: ArraySlice<UInt8>, space: Int) -> (Key, UInt32) {
    let shape = shapes[bytes.count + 16 * space]
    var key: Key = (shape.low_meta, shape.high_meta)
    for (index, byte) in bytes.enumerated() {
      if index < 8 {
        key.low |= UInt64(byte) << UInt64(8 * index)
      } else {
        key.high |= UInt64(byte) << UInt64(8 * (index - 8))
      }
    }
    let product = (key.low ^ CK_KEY_SALT_LOW).multipliedFullWidth(by: key.high ^ CK_KEY_SALT_HIGH)
    let hash = product.high ^ product.low
    let upper: UInt64 = hash >> 32
    let line: UInt64 = (upper * shape.line_count) >> 32 + shape.first_line
    return (key, UInt32(line & shape.line_mask))
  }

  @Test("keys, lines and lengths of batches of every size", arguments: 1...64)
  func likeDefinition(_ count: Int) {
    var generator = SeededGenerator(seed: count)
    for _ in 0..<40 {
      var text: [UInt8] = [0x20, 0x61]
      var ends: [UInt32] = []
      var starts: [Int] = []
      for _ in 0..<count {
        starts.append(text.count)
        if Bool.random(using: &generator) { text.append(0x20) }
        let most = Int.random(in: 0..<8, using: &generator) == 0 ? 300 : 18
        for _ in 0..<Int.random(in: 0...most, using: &generator) {
          text.append(UInt8.random(in: 0x21...0xFF, using: &generator))
        }
        if text.count == starts.last { text.append(0x20) }
        ends.append(UInt32(text.count))
      }
      let made = make(text, start: 2, ends)
      #expect(made.slots.are_valid)
      var (short, long): (UInt64, UInt64) = (0, 0)
      for slot in 0..<count {
        let space = text[starts[slot]] == 0x20 ? 1 : 0
        let bytes = text[starts[slot] + space..<Int(ends[slot])]
        if bytes.count < 8 { short |= 1 << UInt64(slot) }
        if bytes.count > 15 {
          long |= 1 << UInt64(slot)
          continue
        }
        let (key, line) = expected(bytes, space: space)
        #expect(made.keys[slot] == key && made.lines[slot] == line, "slot \(slot)")
      }
      #expect(made.slots.short_slots == short && made.slots.long_slots == long)
    }
  }

  @Test("ends that do not ascend, or reach beyond the text, are told of", arguments: 1...64)
  func invalid(_ count: Int) {
    let text = [UInt8](repeating: 0x61, count: 4 * count)
    let ends = (1...count).map { UInt32(4 * $0) }
    #expect(make(text, ends).slots.are_valid)
    for slot in 0..<count {
      let before = slot == 0 ? 0 : ends[slot - 1]
      for end in [before, before &- 1, before &- 4, ends[count - 1] + 1, 0x8000_0000, .max] {
        var wrong = ends
        wrong[slot] = end
        #expect(!make(text, wrong).slots.are_valid, "slot \(slot), end \(end)")
      }
    }
    #expect(!make(text, start: ends[0], ends).slots.are_valid)
    #expect(!make(Array(text.dropLast()), ends).slots.are_valid)
  }
}
