// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// The random numbers of packing: SplitMix64 (Steele and others 2014), the same on every machine.
struct PackingGenerator: Sendable, Equatable {
  var state: UInt64

  /// The numbers of `seed`.
  init(seed: UInt64) { state = seed }

  /// The numbers of document `number` under `seed`, which no other document has a part in.
  init(seed: UInt64, document number: Int) {
    var generator = PackingGenerator(seed: seed)
    generator.state = generator.next() &+ UInt64(truncatingIfNeeded: number)
    state = generator.next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return finalised(state)
  }

  /// A number of at least 0 and less than 1, in steps of 2^−53.
  mutating func unit() -> Double { next().fraction }

  /// A number of at least 0 and less than `count`: the high half of a product, so that none is
  /// likelier than another by more than `count` / 2^64.
  mutating func below(_ count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }

  /// Puts `values` into random order (Fisher and Yates, from the end).
  mutating func shuffle(_ values: inout GrowableBuffer<Int>) {
    var index = values.count - 1
    while index > 0 {
      let other = below(index + 1)
      let value = values[index]
      values[index] = values[other]
      values[other] = value
      index -= 1
    }
  }
}
