// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Sorts ranges of 64-bit numbers by their upper halves, stably, a byte at a time.
struct RadixSort: ~Copyable {
  private let byteCount: Int
  private var scratch = GrowableBuffer<UInt64>()
  private var places = GrowableBuffer<Int>()

  /// - Parameter keyLimit: No upper half is as great.
  init(keyLimit: Int) {
    byteCount = (Int.bitWidth - max(keyLimit - 1, 1).leadingZeroBitCount + 7) / 8
    places.append(repeating: 0, count: 257)
  }

  mutating func sort(_ numbers: inout PageBuffer<UInt64>, _ range: Range<Int>) {
    if range.count < 2 { return }
    if range.count < 64 { return insertionSort(&numbers, range) }
    scratch.removeAll()
    scratch.append(repeating: 0, count: range.count)
    for byte in 0..<byteCount {
      let shift = UInt64(32 + 8 * byte)
      for value in 0..<257 { places[value] = 0 }
      for index in range { places[Int(numbers[index] >> shift & 0xFF) + 1] += 1 }
      for value in 0..<256 { places[value + 1] += places[value] }
      for index in range {
        let value = Int(numbers[index] >> shift & 0xFF)
        scratch[places[value]] = numbers[index]
        places[value] += 1
      }
      for index in 0..<range.count { numbers[range.lowerBound + index] = scratch[index] }
    }
  }

  private func insertionSort(_ numbers: inout PageBuffer<UInt64>, _ range: Range<Int>) {
    for index in range.dropFirst() {
      let number = numbers[index]
      var place = index
      while place > range.lowerBound, numbers[place - 1] >> 32 > number >> 32 {
        numbers[place] = numbers[place - 1]
        place -= 1
      }
      numbers[place] = number
    }
  }
}
