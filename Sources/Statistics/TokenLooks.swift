// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// What a token looks like that should not be in a vocabulary, by its text alone.
package enum TokenLook: String, CaseIterable, Sendable {
  /// An e-mail address, or @ and the host of a well-known mail service.
  case email
  /// A Korean phone number: mobile, of an area with its code, 070, 050X, 15XX-XXXX; +82 too.
  case phone
  /// A resident or foreigner registration number: a date, 1 to 8, six digits.
  case residentNumber = "resident_number"
  /// A card number that Luhn's check holds for (ISO/IEC 7812).
  case card
  /// A bank account: three or four groups of digits with hyphens, 10 to 14 digits.
  case account
  /// Nine or more digits that are none of these.
  case longNumber = "long_number"
  /// An address of the web, or the end of a host's name.
  case url
  /// A word of gambling or adult spam.
  case spam

  package var isPersonal: Bool { self != .url && self != .spam }
}

/// Words of spam, to be found in tokens.
package struct SpamWords: Sendable {
  private let words: [(word: [UInt8], class: String)]

  /// The words in `text`, a line each: the word, a tab, its class, a tab, its source; # begins a comment.
  ///
  /// - Throws: `badRecord`.
  package init(_ text: Span<UInt8>, path: String) throws(TextError) {
    var words: [(word: [UInt8], class: String)] = []
    for (number, line) in String(decoding: (0..<text.count).map { text[$0] }, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where !line.isEmpty && !line.hasPrefix("#") {
      let fields = line.split(separator: "\t")
      guard fields.count == 3 else {
        throw TextError(
          .badRecord, "not \"word, class, source\" with tabs between",
          at: .init(path: path, line: number + 1), remedy: "write three fields a line")
      }
      words.append((folded(Array(fields[0].utf8)), String(fields[1])))
    }
    self.words = words
  }

  package init() { words = [] }

  /// The class of the first listed word that `token` holds, spaces and the case of Latin letters aside.
  package func `class`(of token: [UInt8]) -> String? {
    let token = folded(token)
    return words.first { contains(token, $0.word) }?.class
  }
}

/// `text` without spaces, in lower case as far as it is ASCII.
private func folded(_ text: [UInt8]) -> [UInt8] {
  text.filter { $0 != 0x20 }.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
}

private func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
  guard let first = word.first, text.count >= word.count else { return false }
  for start in 0...text.count - word.count where text[start] == first {
    if text[start..<start + word.count].elementsEqual(word) { return true }
  }
  return false
}

/// What `token` looks like.
package func looks(of token: [UInt8], spam: SpamWords) -> [TokenLook] {
  var found = Set<TokenLook>()
  // The host of an e-mail address is none of the web's.
  if holdsEmail(token) {
    found.insert(.email)
  } else if holdsAddress(token) {
    found.insert(.url)
  }
  for number in DigitGroups.all(in: token) {
    if let look = number.look { found.insert(look) }
  }
  // Words of fewer bytes than two syllables are none.
  if token.count >= 6, spam.class(of: token) != nil { found.insert(.spam) }
  return TokenLook.allCases.filter(found.contains)
}

// MARK: - Addresses

private func isAlphanumeric(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
}

private func isHostByte(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == 0x2D }

private let mailHosts = [
  "naver.", "hanmail.", "daum.", "nate.", "gmail.", "kakao.", "hotmail.", "outlook.", "yahoo.",
  "icloud.",
].map { Array($0.utf8) }

/// Whether `token` has local@host.tld, or @ and a host of ``mailHosts`` with its dot or at its end.
private func holdsEmail(_ token: [UInt8]) -> Bool {
  let lower = folded(token)
  for at in lower.indices where lower[at] == 0x40 {
    let host = lower[(at + 1)...].prefix { isHostByte($0) || $0 == 0x2E }
    if mailHosts.contains(where: { host.starts(with: $0) || host.elementsEqual($0.dropLast()) }) {
      return true
    }
    let isLed =
      at > 0 && (isAlphanumeric(lower[at - 1]) || [0x5F, 0x25, 0x2B, 0x2D].contains(lower[at - 1]))
    let labels = host.split(separator: 0x2E, omittingEmptySubsequences: false)
    let top = labels.last ?? []
    let isHost = labels.count > 1 && top.count >= 2 && labels.allSatisfy { !$0.isEmpty }
    if isLed, isHost, top.allSatisfy({ (0x61...0x7A).contains($0) }) { return true }
  }
  return false
}

private let hostEnds = ["com", "net", "org", "kr", "jp", "cn"].map { Array($0.utf8) }

/// Whether `token` has ://, www., or a dot and one of ``hostEnds`` with no letter, digit or dot behind it.
private func holdsAddress(_ token: [UInt8]) -> Bool {
  let lower = folded(token)
  if contains(lower, Array("://".utf8)) || contains(lower, Array("www.".utf8)) { return true }
  for dot in lower.indices where lower[dot] == 0x2E {
    let name = lower[(dot + 1)...].prefix(while: isAlphanumeric)
    let behind = dot + 1 + name.count
    let isEnd = behind == lower.count || lower[behind] != 0x2E
    if isEnd, hostEnds.contains(where: { name.elementsEqual($0) }) { return true }
  }
  return false
}

// MARK: - Numbers

/// A run of digits 0 to 9 with single hyphens, dots or spaces between.
struct DigitGroups {
  var digits: [UInt8] = []
  /// The lengths of the groups.
  var groups: [Int] = []
  /// What stands between them, once each.
  var separators: Set<UInt8> = []
  /// Whether a plus sign stands before.
  var isInternational = false

  /// All runs in `token`, the longest possible.
  static func all(in token: [UInt8]) -> [DigitGroups] {
    var found: [DigitGroups] = []
    var place = 0
    func isDigit(_ place: Int) -> Bool {
      place < token.count && (0x30...0x39).contains(token[place])
    }
    while place < token.count {
      guard isDigit(place) else {
        place += 1
        continue
      }
      var number = DigitGroups()
      number.isInternational = place > 0 && token[place - 1] == 0x2B
      while isDigit(place) {
        let start = place
        while isDigit(place) {
          number.digits.append(token[place] - 0x30)
          place += 1
        }
        number.groups.append(place - start)
        if place < token.count, [0x2D, 0x2E, 0x20].contains(token[place]), isDigit(place + 1) {
          number.separators.insert(token[place])
          place += 1
        }
      }
      found.append(number)
    }
    return found
  }

  var look: TokenLook? {
    if digits.count < 8 { return nil }
    if isPhone { return .phone }
    if isResidentNumber { return .residentNumber }
    if isCard { return .card }
    if isAccount { return .account }
    return groups.contains { $0 >= 9 } ? .longNumber : nil
  }

  private func value(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + Int($1) } }

  private var isPhone: Bool {
    if isInternational, digits.count > 8, value(0..<2) == 82 {
      var national = self
      national.isInternational = false
      national.digits.replaceSubrange(0..<2, with: digits[2] == 0 ? [] : [0])
      // The country's group goes, and the one behind it gets its 0.
      if groups[0] == 2, groups.count > 1 {
        national.groups.removeFirst()
        if digits[2] != 0 { national.groups[0] += 1 }
      } else {
        national.groups[0] += national.digits.count - digits.count
      }
      return national.isPhone
    }
    // ---- 15XX-XXXX: a number for all of the country ----
    if groups == [4, 4], separators == [0x2D] { return [15, 16, 18].contains(value(0..<2)) }
    guard digits[0] == 0, (9...12).contains(digits.count) else { return false }
    // ---- The code: 02, or three digits; 050X has four ----
    let code = codeLength
    guard code > 0, (7...8).contains(digits.count - code) else { return false }
    let isInternal = groups.count == 1
    return isInternal || groups == [code, digits.count - code - 4, 4]
  }

  /// The digits of the code; 0 if it is none.
  private var codeLength: Int {
    if digits[1] == 2 { return 2 }
    let code = value(0..<3)
    switch code {
    case 10, 11, 16, 17, 18, 19: return 3
    case 31...33, 41...44, 51...55, 61...64, 70, 80: return 3
    case 50: return 4
    default: return 0
    }
  }

  private var isResidentNumber: Bool {
    guard digits.count == 13, groups == [13] || groups == [6, 7] && separators == [0x2D] else {
      return false
    }
    return (1...12).contains(value(2..<4)) && (1...31).contains(value(4..<6))
      && (1...8).contains(digits[6])
  }

  private var isCard: Bool {
    let isSixteen = digits.count == 16 && (groups == [16] || groups == [4, 4, 4, 4])
    let isFifteen =
      digits.count == 15 && (groups == [15] || groups == [4, 6, 5])
      && [34, 37].contains(value(0..<2))
    return (isSixteen || isFifteen) && digits[0] != 0 && holdsLuhn
  }

  private var holdsLuhn: Bool {
    var sum = 0
    for (place, digit) in digits.reversed().enumerated() {
      let doubled = Int(digit) * (place % 2 == 0 ? 1 : 2)
      sum += doubled > 9 ? doubled - 9 : doubled
    }
    return sum % 10 == 0
  }

  private var isAccount: Bool {
    separators == [0x2D] && (3...4).contains(groups.count) && (10...14).contains(digits.count)
      && groups.allSatisfy { (2...7).contains($0) }
  }
}
