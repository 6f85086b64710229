// SPDX-License-Identifier: Apache-2.0

import CKernels
import TestSupport
import Testing
import TextCore

@Suite struct PlainScanTests {
  @Test("the vector kernels find what the portable one finds, in any bytes and at any place")
  func kernels() {
    for seed in 0..<6_000 {
      var generator = SeededGenerator(seed: seed)
      var text = [UInt8]()
      while text.count < seed % 150 {
        text +=
          Int.random(in: 0..<8, using: &generator) == 0
          ? RandomText.illFormed(2, using: &generator)
          : RandomText.wellFormed(1 + seed % 5, using: &generator)
      }
      // What the kernels do not look up is plain.
      var plain = (0..<8192).map { _ in
        UInt8.random(in: 0...255, using: &generator) | UInt8(seed % 256)
      }
      let asksLines = seed % 2 == 0
      for point in [0x20..<0x7F, 0x4000..<0xA000, 0xAC00..<0xD7A4].joined() {
        plain[point >> 3] |= 1 << UInt8(point & 7)
      }
      if !asksLines { plain[1] |= 0b110 }
      let found = [
        unsafe ck_skip_plain(text, text.count, plain, asksLines),
        unsafe ck_skip_plain_baseline(text, text.count, plain, asksLines),
      ]
      let expected = unsafe ck_skip_plain_portable(text, text.count, plain)
      #expect(found == [expected, expected], "seed \(seed)")
    }
  }
}
