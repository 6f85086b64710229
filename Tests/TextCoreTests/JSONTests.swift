// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TextCore

@Suite struct JSONTests {
  @Test("what is written is read back")
  func roundTrip() throws {
    let value = JSON.object([
      ("a\"\\\n\u{1}한", .string("“따옴표”\t\u{0}\u{7F}\u{1F600}")), ("empty", .object([])),
      ("list", .array([.integer(-3), .double(0.5), .bool(true), .null, .array([])])),
    ])
    for indent in [nil, 0, 2] {
      let root = try JSONDocument(value.serialized(indent: indent), path: "x").root
      #expect(root.fields.map(\.name) == ["a\"\\\n\u{1}한", "empty", "list"])
      #expect(root["a\"\\\n\u{1}한"]?.string == "“따옴표”\t\u{0}\u{7F}\u{1F600}")
      #expect(root["empty"]?.fields.count == 0)
      let list = root["list"]?.elements ?? []
      #expect(list.map(\.kind) == [.number, .number, .bool, .null, .array])
      #expect(list.first?.integer == -3)
    }
  }

  @Test("of several fields of one name the last counts")
  func duplicateFields() throws {
    let root = try JSONDocument(ByteBuffer(copying: Array(#"{"a":1,"a":2}"#.utf8)), path: "x").root
    #expect(root["a"]?.integer == 2)
    #expect(root["b"] == nil)
  }

  @Test("a field of a line is found, and what is wrong with a line is told")
  func fieldReader() {
    var reader = JSONFieldReader(field: "text")
    func outcome(_ line: String) -> (JSONFieldReader.Outcome, String) {
      let bytes = ByteBuffer(copying: Array(line.utf8))
      var output = ByteBuffer()
      let outcome = reader.appendField(of: bytes, 0..<bytes.count, to: &output)
      return (outcome, output.makeString())
    }
    #expect(outcome(#"{"id":1,"text":"가\u0020나"}"#) == (.appended, "가 나"))
    #expect(outcome(#"{"text":""}"#) == (.appended, ""))
    #expect(outcome(#"{"id":1}"#).0 == .missing)
    #expect(outcome(#"{"text":null}"#).0 == .notAString)
    #expect(outcome(#"["text"]"#).0 == .notAnObject)
    for bad in [#"{"text":"a""#, #"{"text":"a"} x"#, #"{"text":"\ud800"}"#, "{", ""] {
      guard case .malformed = outcome(bad).0 else {
        Issue.record("accepted: \(bad)")
        continue
      }
    }
  }

  @Test("Base64 of every length comes back, and nothing else is accepted")
  func base64() {
    for count in 1..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      #expect(Base64.decode(Base64.encode(bytes.span).span) == bytes)
    }
    #expect(Base64.encode(Array("한".utf8).span) == Array("7ZWc".utf8))
    for bad in ["", "a", "abc", "ab=c", "!!!!"] { #expect(Base64.decode(bad.utf8.span) == nil) }
  }

  @Test("digests are those of the published test vectors")
  func digests() {
    let abc = Array("abc".utf8)
    #expect(
      SHA256.hash(abc.span)
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(XXH3().digest() == "2d06800538d394c2")
  }
}

@Suite struct AtomicFileTests {
  @Test("a file appears whole when it is published, and not before")
  func publishing() throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/file"
    do {
      var file = try AtomicFile(path)
      try file.write([1, 2, 3].span)
      #expect(kind(ofPath: path) == .missing)
    }
    #expect(try directoryEntries(directory.path).isEmpty)
    var file = try AtomicFile(path)
    let large = [UInt8](repeating: 7, count: 3 << 20)
    try file.write([1].span)
    try file.write(large.span)
    try file.write([2].span)
    try file.finish()
    try file.publish()
    #expect(try readFile(path).makeArray() == [1] + large + [2])
    #expect(try directoryEntries(directory.path) == ["file"])
  }
}
