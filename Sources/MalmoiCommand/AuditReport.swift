// SPDX-License-Identifier: Apache-2.0

import Pipeline
import Report
import Statistics
import TextCore
import Tokenization

extension SpamWords {
  /// The list that comes with malmoi.
  static func shipped() throws(TextError) -> SpamWords {
    let path = try ShippedData.find().path("word-lists/spam.tsv")
    let contents = try readFile(path)
    return try SpamWords(contents.span, path: path)
  }
}

extension AuditFigures {
  /// So many tokens of a finding are shown.
  private static let exampleCount = 6

  /// What `audit` found.
  init(_ audit: TokenizerAudit) {
    self.init()
    tokens = audit.tokens
    add("unreachable", audit.reach.unreachable)
    for reach in TokenReach.allCases where reach.isUnreachable {
      let ids = audit.reach.ids(reach)
      if !ids.isEmpty { add(reach.rawValue, ids, isPart: true) }
    }
    add("unsettled", audit.reach.ids(.unsettled))
    if audit.uses != nil { add("unused", audit.unused) }
    add("partial_utf8", audit.partialUTF8)
    for (form, groups) in audit.duplicates {
      findings.append(
        Finding(
          "duplicate_\(form.rawValue)", audit.duplicateCount(form),
          examples: Array(groups.prefix(Self.exampleCount))))
    }
    for look in TokenLook.allCases { add(look.rawValue, audit.looks[look] ?? []) }
    add("most_characters", audit.longestInCharacters, figure: audit.mostCharacters)
    add("most_bytes", audit.longestInBytes, figure: audit.mostBytes)
    take(audit.policies)
  }

  private mutating func add(
    _ key: String, _ ids: [UInt32], isPart: Bool = false, figure: Int? = nil
  ) {
    findings.append(
      Finding(
        key, figure ?? ids.count, isPart: isPart,
        examples: ids.prefix(Self.exampleCount).map { [$0] }))
  }

  private mutating func take(_ found: TokenizerPolicies) {
    digitCuts = found.digitCuts.rawValue
    wholeNumbers = found.wholeNumbers
    longestDigits = found.longestDigits
    spaceGoesWith = [
      ("words", found.gluesSpaceToWords), ("numbers", found.gluesSpaceToNumbers),
      ("punctuation", found.gluesSpaceToPunctuation),
    ].filter(\.1).map(\.0)
    lineEndGoesWith = [("punctuation", found.gluesLineEnds), ("line_ends", found.joinsLineEnds)]
      .filter(\.1).map(\.0)
    spaceLedTokens = found.spaceLedTokens
    (spaceTokens, longestSpaces) = (found.spaceTokens, found.longestSpaces)
    (lineEndTokens, longestLineEnds) = (found.lineEndTokens, found.longestLineEnds)
    superwordTokens = found.superwordTokens
  }
}
