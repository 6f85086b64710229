// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// How a token id is stored, by its Megatron type code.
///
/// Megatron has no unsigned 32-bit type, so ids end below 2^31.
package enum TokenType: UInt8, Sendable, CaseIterable {
  case int32 = 4
  case uint16 = 8

  /// Bytes a token.
  package var width: Int { self == .uint16 ? 2 : 4 }

  /// The name in options and manifests.
  package var name: String { self == .uint16 ? "uint16" : "int32" }

  /// The largest id that fits.
  package var maximumID: UInt32 { self == .uint16 ? 0xFFFF : 0x7FFF_FFFF }

  /// The type for ids up to `maximumID`: as `requested`, or the narrowest that holds them all.
  ///
  /// - Throws: `tokenTypeOverflow` if `maximumID` does not fit.
  package static func choose(
    maximumID: UInt32, requested: TokenTypeRequest
  ) throws(TextError) -> TokenType {
    let type: TokenType =
      switch requested {
      case .auto: maximumID <= TokenType.uint16.maximumID ? .uint16 : .int32
      case .uint16: .uint16
      case .int32: .int32
      }
    guard maximumID <= type.maximumID else {
      throw TextError(
        .tokenTypeOverflow,
        "token id \(maximumID) does not fit in \(type.name), whose largest is \(type.maximumID)",
        remedy: maximumID <= TokenType.int32.maximumID
          ? "choose the token type int32 or auto" : "use a vocabulary with smaller ids")
    }
    return type
  }
}

/// The token type a user asks for.
package enum TokenTypeRequest: String, Sendable, CaseIterable {
  /// uint16 where every id fits, else int32.
  case auto
  case uint16
  case int32
}
