// SPDX-License-Identifier: Apache-2.0

/// A charset of Korean text; all are read into UTF-8.
package enum Charset: String, CaseIterable, Sendable, Comparable {
  case utf8 = "utf-8"
  /// Of Korean Windows; EUC-KR is a part of it.
  case cp949
  /// Of Korean DOS.
  case johab
  /// Of mail, in seven bits (RFC 1557).
  case iso2022kr = "iso-2022-kr"
  case utf16le = "utf-16le"
  case utf16be = "utf-16be"

  private static let aliases: [String: Charset] = [
    "utf8": .utf8, "euc-kr": .cp949, "euckr": .cp949, "uhc": .cp949, "ms949": .cp949,
    "windows-949": .cp949, "ks_c_5601-1987": .cp949, "iso2022-kr": .iso2022kr,
    "utf-16": .utf16le,
  ]

  /// The charset of that name or of one of its other names, in lower case; nil if there is none.
  package init?(name: String) {
    guard let found = Charset(rawValue: name) ?? Self.aliases[name] else { return nil }
    self = found
  }

  package static func < (left: Charset, right: Charset) -> Bool {
    left.rawValue < right.rawValue
  }

  /// The table of a charset of pairs; nil for others.
  var doubleByte: DoubleByteCharset? {
    switch self {
    case .cp949: .cp949
    case .johab: .johab
    case .utf8, .iso2022kr, .utf16le, .utf16be: nil
    }
  }
}
