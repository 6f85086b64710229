// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore

@Suite("Seal of manifests")
struct ManifestSealTests {
  private var manifest: [UInt8] {
    var manifest = Manifest(kind: "token-files", toolVersion: "0")
    manifest.options = [("seal", .string("xxh3:0123456789abcdef"))]
    var json = manifest.json.serialized()
    ManifestSeal.seal(&json)
    return json.makeArray()
  }

  @Test("a sealed manifest is JSON with one field more, and sound")
  func sound() throws {
    let bytes = manifest
    #expect(ManifestSeal(of: bytes.span) == .sound)
    let directory = TemporaryDirectory()
    try writeFile(directory.path + "/m", bytes.span)
    let stored = try StoredManifest(path: directory.path + "/m")
    #expect(stored.seal == .sound)
    #expect(stored.root["seal"]?.string?.hasPrefix("xxh3:") == true)
  }

  @Test("every flipped bit and every cut is seen")
  func damage() {
    let bytes = manifest
    for bit in 0..<8 * bytes.count {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(ManifestSeal(of: flipped.span) != .sound)
    }
    for count in 0..<bytes.count {
      let cut = Array(bytes[..<count])
      #expect(ManifestSeal(of: cut.span) != .sound)
    }
  }

  @Test("a manifest without a seal has none")
  func missing() {
    let json = Manifest(kind: "tokenizer", toolVersion: "0").json.serialized()
    #expect(ManifestSeal(of: json.span) == .missing)
  }
}
