// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore

@Suite struct BufferTests {
  @Test("a buffer does what an array does, for many random sequences of operations")
  func likeAnArray() {
    for seed in 0..<500 {
      var generator = SeededGenerator(seed: seed)
      var buffer = GrowableBuffer<UInt32>()
      var array: [UInt32] = []
      for _ in 0..<60 {
        let value = UInt32.random(in: 0...999, using: &generator)
        switch Int.random(in: 0..<7, using: &generator) {
        case 0:
          buffer.append(value)
          array.append(value)
        case 1:
          buffer.append(copying: [value, 1, 2].span)
          array += [value, 1, 2]
        case 2:
          buffer.append(repeating: value, count: 5)
          array += [UInt32](repeating: value, count: 5)
        case 3:
          let count = Int.random(in: 0...array.count, using: &generator)
          buffer.truncate(to: count)
          array.removeLast(array.count - count)
        case 4:
          let count = Int.random(in: 0...array.count, using: &generator)
          buffer.removeFirst(count)
          array.removeFirst(count)
        case 5 where !array.isEmpty:
          buffer[array.count / 2] = value
          array[array.count / 2] = value
        default:
          buffer.reserve(Int(value))
        }
      }
      #expect(buffer.makeArray() == array, "seed \(seed)")
    }
  }

  @Test("an index past the end traps")
  func outOfRange() async {
    await #expect(processExitsWith: .failure) {
      let buffer = GrowableBuffer<UInt8>(capacity: 100)
      print(buffer[0])
    }
  }

  @Test("hashes of equal bytes are equal, of all short byte strings different")
  func hashing() {
    var seen = Set<UInt64>()
    var strings: [[UInt8]] = [[]]
    for a in UInt8.min...UInt8.max {
      strings.append([a])
      for b in UInt8.min...UInt8.max { strings.append([a, b]) }
    }
    for length in 3...64 {
      for value in UInt8(0)..<32 {
        strings.append((0..<length).map { $0 == length / 2 ? value : UInt8($0) })
      }
    }
    for string in strings { seen.insert(hash64(string.span)) }
    #expect(seen.count == Set(strings).count)
    for count in 0..<40 {
      let bytes = Array(UInt8(0)..<UInt8(count))
      #expect(hash64(bytes.span) == hash64(([9] + bytes + [9]).span.extracting(1..<count + 1)))
    }
  }
}
