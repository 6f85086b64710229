// SPDX-License-Identifier: Apache-2.0

internal import TextCore

/// What a normaliser needs: above all which code points are *plain*.
///
/// A code point is *inert* if it has Quick_Check=Yes and combining class 0. A run of inert code points
/// is in normal form, and normalisation never reaches across a position before an inert one (Unicode
/// Standard Annex 15, section 9). It is *plain* if it is inert and no rule changes it. So only windows
/// of code points that are not plain change, and what they become depends on nothing beyond one plain
/// code point on each side.
final class NormalizationPlan: Sendable {
  let rules: NormalizationRules
  let maximumRepeats: Int
  /// The form of the windows, nil where the code points stay uncomposed.
  let form: ICU.Form?

  /// One bit a code point of the Basic Multilingual Plane, 8 KiB.
  struct Table: Sendable {
    var plain: [UInt8]
    /// Whether tabs and line feeds are not plain.
    var asksLines = false
    var characterMap: NMTNFKC?

    func isPlain(_ point: UInt32) -> Bool {
      if point < 0x1_0000 { return plain[Int(point >> 3)] >> UInt8(point & 7) & 1 != 0 }
      // As ck_skip_plain has it.
      return 0x1F300..<0x1FB00 ~= point || 0x20000..<0x2F800 ~= point
    }

    func contains(_ scalar: DecodedScalar) -> Bool {
      scalar.isWellFormed && isPlain(scalar.value)
    }

    mutating func markNotPlain(_ points: some Sequence<UInt32>) {
      for point in points where point < 0x1_0000 {
        plain[Int(point >> 3)] &= ~(1 << UInt8(point & 7))
      }
    }
  }

  private let ownTable: Result<Table, TextError>
  /// Made when text first asks for it: many a command reads a tokenizer and normalises nothing.
  private static let nfcTable = Result { () throws(TextError) in
    Table(plain: try ICU.inertBMP(.nfc))
  }

  init(_ rules: NormalizationRules, _ maximumRepeats: Int) {
    self.rules = rules
    self.maximumRepeats = maximumRepeats
    let form: ICU.Form? = rules.contains(.nfkc) ? .nfkc : rules.contains(.nfc) ? .nfc : nil
    self.form = form
    ownTable =
      rules.isEmpty || rules == .nfc
      ? Self.emptyTable : Result { () throws(TextError) in try Self.makeTable(rules, form) }
  }

  private static let emptyTable = Result<Table, TextError>.success(Table(plain: []))

  /// - Throws: `normalizationFailed`, if ICU's data cannot be loaded.
  func table() throws(TextError) -> Table {
    rules == .nfc ? try Self.nfcTable.get() : try ownTable.get()
  }

  private static func makeTable(
    _ rules: NormalizationRules, _ form: ICU.Form?
  ) throws(TextError) -> Table {
    if rules.contains(.nmtNFKC) {
      let map = NMTNFKC.shared
      var table = Table(plain: [UInt8](repeating: 0xFF, count: 65536 / 8), asksLines: true)
      table.markNotPlain(map.changing)
      table.characterMap = map
      return table
    }
    var table = Table(plain: try ICU.inertBMP(form ?? .nfc))
    for point in UInt32(0)..<0x1_0000 where WindowRules.isTarget(point, rules) {
      table.markNotPlain(CollectionOfOne(point))
    }
    return table
  }
}
