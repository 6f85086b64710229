// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// NumPy's `RandomState`: MT19937 (Matsumoto and Nishimura 1998), seeded and used as NumPy does.
///
/// NumPy freezes what `RandomState` draws (NEP 19), so a loader's shuffle can be made without it.
package struct MersenneTwister {
  private static let count = 624
  private static let shift = 397

  private var state: [UInt32]
  private var next = count

  /// The generator that `numpy.random.RandomState(seed)` holds.
  package init(seed: UInt32) {
    state = [seed]
    state.reserveCapacity(Self.count)
    for index in 1..<Self.count {
      let last = state[index - 1]
      state.append((last ^ last >> 30) &* 1_812_433_253 &+ UInt32(index))
    }
  }

  /// The next 32 bits.
  package mutating func next32() -> UInt32 {
    if next == Self.count { renew() }
    var value = state[next]
    next += 1
    value ^= value >> 11
    value ^= value << 7 & 0x9D2C_5680
    value ^= value << 15 & 0xEFC6_0000
    return value ^ value >> 18
  }

  /// The next 64 bits: the first draw is the high half.
  mutating func next64() -> UInt64 {
    let high = next32()
    return UInt64(high) << 32 | UInt64(next32())
  }

  private mutating func renew() {
    for index in 0..<Self.count {
      let joined =
        state[index] & 0x8000_0000 | state[(index + 1) % Self.count] & 0x7FFF_FFFF
      let twisted = joined >> 1 ^ (joined & 1 == 0 ? 0 : 0x9908_B0DF)
      state[index] = state[(index + Self.shift) % Self.count] ^ twisted
    }
    next = 0
  }

  /// A uniform number of 0...`maximum`: draws of as many bits as it has, until one is small enough.
  package mutating func below(orEqual maximum: Int) -> Int {
    if maximum == 0 { return 0 }
    let mask = UInt64.max >> UInt64(maximum.leadingZeroBitCount)
    while true {
      let drawn = maximum <= 0xFFFF_FFFF ? UInt64(next32()) : next64()
      if drawn & mask <= UInt64(maximum) { return Int(drawn & mask) }
    }
  }

  /// Shuffles the values from place `start` on, as `RandomState.shuffle` does an array of them.
  ///
  /// - Complexity: O(n), a cache miss each where the values are more than a cache holds.
  package mutating func shuffle(_ values: inout TokenBuffer, from start: Int) {
    var span = values.mutableSpan
    for index in stride(from: span.count - 1 - start, to: 0, by: -1) {
      span.swapAt(start + index, start + below(orEqual: index))
    }
  }
}
