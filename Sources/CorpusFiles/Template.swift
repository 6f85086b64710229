// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// Fields of a record and the text between them, such as `{title}\n{body}`.
///
/// A field that is missing is empty. `\n`, `\t`, `\\`, `\{` and `\}` stand for a line feed, a tab and
/// the characters themselves.
package struct Template: Sendable, Hashable {
  package enum Part: Sendable, Hashable {
    case text([UInt8])
    /// The number of the field in ``fields``.
    case field(Int)
  }

  /// As it was written.
  package let text: String
  package private(set) var parts: [Part] = []
  /// The names or paths of the fields, each once.
  package private(set) var fields: [String] = []

  /// The template that `text` spells; nil if a brace is not closed, or if it has no field.
  package init?(_ text: String) {
    self.text = text
    var literal: [UInt8] = []
    var name: [UInt8]?
    var bytes = Array(text.utf8).makeIterator()
    while let byte = bytes.next() {
      switch byte {
      case UInt8(ascii: "{") where name == nil:
        if !literal.isEmpty { parts.append(.text(literal)) }
        (literal, name) = ([], [])
      case UInt8(ascii: "}"):
        guard let closed = name, !closed.isEmpty else { return nil }
        let field = String(decoding: closed, as: UTF8.self)
        let number = fields.firstIndex(of: field) ?? fields.count
        if number == fields.count { fields.append(field) }
        parts.append(.field(number))
        name = nil
      case UInt8(ascii: "\\") where name == nil:
        guard let next = bytes.next() else { return nil }
        switch next {
        case UInt8(ascii: "n"): literal.append(0x0A)
        case UInt8(ascii: "t"): literal.append(0x09)
        case UInt8(ascii: "\\"), UInt8(ascii: "{"), UInt8(ascii: "}"): literal.append(next)
        default: return nil
        }
      default:
        if name == nil { literal.append(byte) } else { name?.append(byte) }
      }
    }
    if !literal.isEmpty { parts.append(.text(literal)) }
    if name != nil || fields.isEmpty { return nil }
  }
}
