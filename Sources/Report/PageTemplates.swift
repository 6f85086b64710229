// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Mustache
internal import TextCore

/// The templates of a page, and what stands in it as it is.
struct PageTemplates {
  private let library: MustacheLibrary

  /// - Parameter files: Templates by the name under which others take them in.
  init(_ files: [(name: String, text: [UInt8])]) {
    Self.register
    var library = MustacheLibrary()
    for (name, bytes) in files {
      var text = String(decoding: bytes, as: UTF8.self)
      // A final line feed would stand behind each use.
      if text.hasSuffix("\n") { text.removeLast() }
      do {
        try library.register("{{% CONTENT_TYPE:\(HTMLText.name)}}" + text, named: name)
      } catch {
        preconditionFailure("template \(name): \(error)")
      }
    }
    self.library = library
  }

  /// The template `name`, filled with `view`.
  func render(_ view: Any, _ name: String) -> String {
    guard let page = library.render(view, withTemplate: name) else {
      preconditionFailure("no template \(name)")
    }
    return page
  }

  private static let register: Void = MustacheContentTypes.register(
    HTMLText(), named: HTMLText.name)
}

/// Text between tags and in quoted attributes.
///
/// The library's own escaping goes by grapheme clusters, and so passes a quote or `<` that carries a
/// combining mark; this one goes by bytes.
struct HTMLText: MustacheContentType {
  static let name = "HTML_BYTES"

  func escapeText(_ text: String) -> String {
    var output: [UInt8] = []
    output.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "<"): output += "&lt;".utf8
      case UInt8(ascii: ">"): output += "&gt;".utf8
      case UInt8(ascii: "&"): output += "&amp;".utf8
      case UInt8(ascii: "\""): output += "&quot;".utf8
      case UInt8(ascii: "'"): output += "&#39;".utf8
      // No parser takes it.
      case 0: output += "\u{FFFD}".utf8
      default: output.append(byte)
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}

/// What a policy of content security calls `text`: its SHA-256, as in 'sha256-…'.
func contentSource(_ text: String) -> String {
  let digits = Array(SHA256.hash(text.utf8.span).utf8)
  let digest = stride(from: 0, to: digits.count, by: 2).map { place in
    UInt8(String(decoding: digits[place..<place + 2], as: UTF8.self), radix: 16) ?? 0
  }
  return "'sha256-\(Data(digest).base64EncodedString())'"
}
