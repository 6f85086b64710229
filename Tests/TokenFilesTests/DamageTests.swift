// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore
import TokenFiles

@Suite("Damaged token files")
struct DamageTests {
  let directory = TemporaryDirectory()
  var prefix: String { directory.path + "/c" }

  /// Puts `bytes` in the place of the file `path`.
  func replace(_ path: String, by bytes: [UInt8]) throws { try writeFile(path, bytes.span) }

  /// Whether the set is found damaged; any other error fails the test.
  func isFoundDamaged() -> Bool {
    do {
      try verifyTokenFiles(TokenFileReader(prefix))
      return false
    } catch {
      #expect(error.code == .damagedArtefact && error.location != nil && error.remedy != nil)
      return true
    }
  }

  @Test(
    "every changed byte and every shorter or longer file is found", arguments: [".idx", ".bin"])
  func everyByte(suffix: String) throws {
    try writeSet(prefix, [[1, 2, 3], [], [4, 5]])
    let path = prefix + suffix
    let sound = try bytes(path)
    for position in sound.indices {
      for change in [1, 0x40, 0x80, 0xFF] as [UInt8] {
        var damaged = sound
        damaged[position] ^= change
        try replace(path, by: damaged)
        #expect(isFoundDamaged(), "byte \(position) changed by \(change)")
      }
      try replace(path, by: Array(sound[..<position]))
      #expect(isFoundDamaged(), "cut to \(position) bytes")
    }
    try replace(path, by: sound + [0])
    #expect(isFoundDamaged(), "one byte longer")
    try replace(path, by: sound)
    #expect(!isFoundDamaged())
  }

  @Test("without a manifest a changed index is read or refused, and never traps")
  func withoutManifest() throws {
    try writeSet(prefix, [[1, 2, 3], [], [4, 5]])
    removeFile(prefix + ".manifest.json")
    let sound = try bytes(prefix + ".idx")
    let layout = MegatronLayout(sequenceCount: 3, documentCount: 3)
    for position in sound.indices {
      for change in [1, 2, 4, 8, 16, 32, 64, 128, 255] as [UInt8] {
        var damaged = sound
        damaged[position] ^= change
        try replace(prefix + ".idx", by: damaged)
        let isFound = isFoundDamaged()
        // Where documents end is the one thing that nothing else in the files repeats.
        if position < layout.documentIndexOffset + 8 || position >= layout.modesOffset - 8 {
          #expect(isFound, "byte \(position) changed by \(change)")
        }
      }
      try replace(prefix + ".idx", by: Array(sound[..<position]))
      #expect(isFoundDamaged(), "cut to \(position) bytes")
    }
  }

  @Test("without a manifest a .bin of another length is found")
  func lengthOfBin() throws {
    try writeSet(prefix, [[1, 2, 3], [], [4, 5]])
    removeFile(prefix + ".manifest.json")
    let sound = try bytes(prefix + ".bin")
    for count in 0..<sound.count {
      try replace(prefix + ".bin", by: Array(sound[..<count]))
      #expect(isFoundDamaged(), "cut to \(count) bytes")
    }
    try replace(prefix + ".bin", by: sound + [0, 0])
    #expect(isFoundDamaged(), "longer")
  }
}
