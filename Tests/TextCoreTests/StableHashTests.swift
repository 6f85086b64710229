// SPDX-License-Identifier: Apache-2.0

import Testing
import TextCore

@Suite("Hashes that stand in files")
struct StableHashTests {
  @Test("MD5 is that of RFC 1321")
  func messageDigest() {
    for (text, digest) in [
      ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
      ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    ] {
      #expect(md5(text.utf8.span) == digest)
    }
  }

  @Test("XXH128 is that of the published vectors, and seeds count")
  func xxh128() {
    let empty = XXH128("".utf8.span)
    #expect(empty == XXH128(high: 0x99AA_06D3_0147_98D8, low: 0x6001_C324_468D_497F))
    #expect(XXH128("".utf8.span, seed: 1) != empty)
    #expect(XXH128("가".utf8.span) != XXH128("나".utf8.span))
  }
}
