// SPDX-License-Identifier: Apache-2.0

import Pipeline
import TestSupport
import Testing
import TextCore

@Suite struct ShippedDataTests {
  private let directory = TemporaryDirectory()

  private func make(_ paths: String...) throws(TextError) {
    for path in paths {
      if path.hasSuffix("/") {
        try createDirectory("\(directory.path)/\(path.dropLast())")
      } else {
        try directory.write(path, "")
      }
    }
  }

  private func found(named: String? = nil, _ program: String) -> String {
    do throws(TextError) {
      return String(
        try ShippedData(named: named, program: "\(directory.path)/\(program)").vocabulary
          .dropFirst(directory.path.count))
    } catch {
      return error.description
    }
  }

  @Test("an installed program has its data in share")
  func installed() throws {
    try make("usr/share/malmoi/vocab/", "usr/bin/malmoi", "vocab/", "usr/vocab/")
    #expect(found("usr/bin/malmoi") == "/usr/share/malmoi/vocab")
  }

  @Test("a checkout has them beside its Package.swift, however deep the program lies")
  func checkout() throws {
    try make("a/vocab/", "a/Package.swift", "a/b/vocab/", "a/b/c/d/")
    #expect(found("a/.build/release/malmoi") == "/a/vocab")
    #expect(found("a/malmoi") == "/a/vocab")
    // A directory vocab without Package.swift is somebody else's, one in a package within is nearer.
    #expect(found("a/b/c/d/malmoi") == "/a/vocab")
    try make("a/b/Package.swift")
    #expect(found("a/b/c/d/malmoi") == "/a/b/vocab")
    // A package without vocab hides nothing.
    try make("a/b/c/Package.swift")
    #expect(found("a/b/c/d/malmoi") == "/a/b/vocab")
  }

  @Test("what is named comes first, what is installed before a checkout")
  func order() throws {
    try make("vocab/", "Package.swift", "share/malmoi/vocab/", "elsewhere/")
    #expect(found("bin/malmoi") == "/share/malmoi/vocab")
    #expect(found(named: directory.path + "/elsewhere", "bin/malmoi") == "/elsewhere")
    #expect(found(named: "", "bin/malmoi") == "/share/malmoi/vocab")
    #expect(
      found(named: directory.path + "/none", "bin/malmoi") == directory.path
        + "/none: is no directory, though MALMOI_DATA names it; "
        + "set MALMOI_DATA to the directory vocab of the sources, or leave it out")
  }

  @Test("no data are one clear line")
  func missing() throws {
    try make("a/b/")
    #expect(
      found("a/b/malmoi") == "no data are beside this program; "
        + "set MALMOI_DATA to the directory vocab of the sources")
    #expect(throws: TextError.self) { try ShippedData(named: nil, program: "") }
  }

  @Test("a link to the directory will do")
  func link() throws {
    try make("data/", "a/Package.swift")
    directory.link("a/vocab", to: "\(directory.path)/data")
    #expect(found("a/.build/release/malmoi") == "/a/vocab")
  }
}
