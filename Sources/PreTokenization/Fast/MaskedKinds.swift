// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What a rule tells apart of the characters that are neither ASCII nor Hangul.
enum MaskedKinds {
  /// Letters, numbers and others.
  case classes
  /// The same, but for the numbers of later Unicode versions, which are not for masks.
  case laterNumbers
  /// The same without marks, which are not for masks.
  case unmarked
  /// The case of letters too; marks are not for masks.
  case cased
  /// Han and kana apart from other letters and marks; format characters are not for masks, nor what is
  /// unassigned.
  case deepSeek

  /// What a character is to the masks.
  enum Kind {
    case letter, upper, lower, number, kana, kanaMark, other
  }

  /// The kind and length in bytes of the character at `offset`, which is neither ASCII nor marked; nil
  /// if it is not for masks.
  @inline(__always)
  func uncommonCharacter(_ scanner: borrowing ClassScanner, at offset: Int) -> (Kind, Int)? {
    guard let (found, length) = scanner.uncommonCharacter(at: offset), found != .whiteSpace else {
      return nil
    }
    switch self {
    case .classes: return (Self.kind(found), length)
    case .laterNumbers:
      if found == .other, scanner.isLaterNumber(at: offset) { return nil }
      return (Self.kind(found), length)
    case .unmarked:
      if found == .other, scanner.uncommonCategory(at: offset) == .mark { return nil }
      return (Self.kind(found), length)
    case .cased:
      if found == .number { return (.number, length) }
      switch scanner.uncommonCategory(at: offset) {
      case .upper: return (.upper, length)
      case .lower: return (.lower, length)
      case .mark: return nil
      default: return (Self.kind(found), length)
      }
    case .deepSeek:
      return Self.kind(scanner.uncommonDeepSeekClass(at: offset)).map { ($0, length) }
    }
  }

  private static func kind(_ found: DeepSeekClass) -> Kind? {
    switch found {
    case .letterOrMark: .letter
    case .number: .number
    case .punctuation: .other
    case .kanaLetter: .kana
    case .kanaPunctuation: .kanaMark
    case .whiteSpace, .other, .kanaOther: nil
    }
  }

  @inline(__always)
  private static func kind(_ found: CharacterClass) -> Kind {
    switch found {
    case .letter: .letter
    case .number: .number
    default: .other
    }
  }
}

extension ClassScanner {
  /// The class of the character at `offset`, which is neither ASCII nor marked.
  func uncommonDeepSeekClass(at offset: Int) -> DeepSeekClass {
    let value = decodeUTF8(text, at: offset).value
    return DeepSeekClass(
      CharacterCategories.shared(value), isHanOrKana: DeepSeekClass.isHanOrKana(value))
  }
}
