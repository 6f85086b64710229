// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How a token id is stored; which of these a format has, ``TokenFileFormat/types`` says.
package enum TokenType: String, Sendable, CaseIterable {
  case uint16
  case int32
  case uint32
  case int64

  /// Bytes a token.
  package var width: Int {
    switch self {
    case .uint16: 2
    case .int32, .uint32: 4
    case .int64: 8
    }
  }

  /// The name in options and manifests.
  package var name: String { rawValue }

  /// The largest id that fits.
  package var maximumID: UInt32 {
    switch self {
    case .uint16: 0xFFFF
    case .int32: 0x7FFF_FFFF
    case .uint32, .int64: .max
    }
  }

  /// The type for ids up to `maximumID` in files of `format`: as `requested`, or the first of the
  /// format's that holds them all.
  ///
  /// - Throws: `tokenTypeOverflow` if `maximumID` does not fit; `invalidArgument` for a type that
  ///   the format does not have.
  package static func choose(
    maximumID: UInt32, requested: TokenTypeRequest, format: TokenFileFormat = .megatron
  ) throws(TextError) -> TokenType {
    let wanted = requested.type
    let types = format.types
    if let wanted, !types.contains(wanted) {
      throw TextError(
        .invalidArgument, "\(format.rawValue) files have no ids of type \(wanted.name)",
        remedy: "choose the token type auto or " + types.map(\.name).joined(separator: ", "))
    }
    let type = wanted ?? types.first { maximumID <= $0.maximumID } ?? types[types.count - 1]
    guard maximumID <= type.maximumID else {
      throw overflow(maximumID, type, format)
    }
    return type
  }

  private static func overflow(
    _ maximumID: UInt32, _ type: TokenType, _ format: TokenFileFormat
  ) -> TextError {
    let wider = format.types.filter { maximumID <= $0.maximumID }
    return TextError(
      .tokenTypeOverflow,
      "token id \(maximumID) does not fit in \(type.name), whose largest is \(type.maximumID)",
      remedy: wider.isEmpty
        ? "use a vocabulary with smaller ids, or another format than \(format.rawValue)"
        : "choose the token type \(wider[0].name) or auto")
  }
}

/// The token type a user asks for.
package enum TokenTypeRequest: String, Sendable, CaseIterable {
  /// The narrowest that the format has and that holds every id.
  case auto
  case uint16
  case int32
  case uint32
  case int64

  /// The type asked for, nil for `auto`.
  package var type: TokenType? { TokenType(rawValue: rawValue) }
}
