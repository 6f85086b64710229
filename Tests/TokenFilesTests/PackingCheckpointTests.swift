// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Packing, interrupted")
struct PackingCheckpointTests {
  @Test("a packer that is saved and restored anywhere gives the same samples")
  func everyPosition() throws {
    var numbers = SeededNumbers(state: 11)
    for plan in everyPlan(length: 9) {
      let documents = marked(numbers.sentences(24, longest: 20), plan.edges)
      let expected = pack(plan, documents)
      for position in 0...documents.count {
        var packer = Packer(plan)
        var samples = packer.samples(of: documents[..<position])
        var state = ByteBuffer(copying: [9, 9])
        packer.save(to: &state)
        var restored = try Packer(
          plan, restoring: state.span.extracting(2..<state.count))
        #expect(restored.account == packer.account)
        samples += restored.samples(of: documents[position...])
        samples += restored.lastSamples()
        #expect(samples == expected.samples)
        #expect(restored.account == expected.account)
      }
    }
  }

  @Test("a state with any bit flipped, cut short or of other settings is refused")
  func damage() throws {
    let pairs = sentencePairs(length: 16)
    var plan = PackingPlan(.sentencePairs(pairs))
    plan.padding = Mark.padding
    var packer = Packer(plan)
    _ = packer.samples(of: [[10, 11, Mark.sentence, 12], [13]])
    var state = ByteBuffer()
    packer.save(to: &state)
    let bytes = state.makeArray()
    func refusal(_ bytes: [UInt8], _ plan: PackingPlan) -> String {
      message { () throws(TextError) in _ = try Packer(plan, restoring: bytes.span) }
    }
    let expected = "the state of packing is damaged, or that of other settings; begin anew"
    for bit in 0..<bytes.count * 8 {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(refusal(damaged, plan) == expected)
    }
    for count in 0..<bytes.count { #expect(refusal(Array(bytes[..<count]), plan) == expected) }
    var other = pairs
    other.seed += 1
    plan.way = .sentencePairs(other)
    #expect(refusal(bytes, plan) == expected)
  }
}
