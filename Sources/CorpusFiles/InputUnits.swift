// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// The files of a corpus in units, by which several machines share it: a unit is a run of whole files
/// and ends behind the one with which its files hold so many bytes as they are stored.
///
/// `malmoi inputs` lists them, and `malmoi encode --shard-input-bytes` closes a shard behind each.
package struct InputUnits: Sendable, Equatable {
  /// For each file the number of its unit.
  package let ofFile: [Int]

  /// The units of files of these stored sizes, with a limit of `unitBytes`; 0 puts every file alone.
  ///
  /// - Complexity: O(n).
  package init(byteCounts: [Int], unitBytes: Int) {
    var border = UnitBorder(unitBytes: unitBytes)
    var units: [Int] = []
    units.reserveCapacity(byteCounts.count)
    var unit = 0
    for byteCount in byteCounts {
      units.append(unit)
      border.add(byteCount)
      if border.isReached { unit += 1 }
    }
    ofFile = units
  }

  /// The units of `inputs`.
  ///
  /// - Throws: `invalidArgument` for standard input and pipes, whose size is not known before they are
  ///   read.
  package init(_ inputs: CorpusInputs, unitBytes: Int) throws(TextError) {
    var byteCounts: [Int] = []
    byteCounts.reserveCapacity(inputs.files.count)
    for path in inputs.files {
      guard let stored = inputs.storedByteCount(of: path) else {
        throw TextError(
          .invalidArgument, "has no size by which --shard-input-bytes could divide",
          at: .init(path: path), remedy: "save it to a file")
      }
      byteCounts.append(stored)
    }
    self.init(byteCounts: byteCounts, unitBytes: unitBytes)
  }

  /// The number of units.
  package var count: Int { ofFile.last.map { $0 + 1 } ?? 0 }
}

/// Where units end, file by file: the rule itself.
package struct UnitBorder: Sendable {
  private let unitBytes: Int
  /// Stored bytes of the files since the last border.
  package private(set) var byteCount = 0
  /// Whether the unit ends behind the last file that was added.
  package private(set) var isReached = false

  package init(unitBytes: Int) {
    precondition(unitBytes >= 0, "units of a negative size")
    self.unitBytes = unitBytes
  }

  /// Goes on behind a file of `stored` bytes.
  package mutating func add(_ stored: Int) {
    if isReached { byteCount = 0 }
    byteCount += stored
    isReached = byteCount >= unitBytes
  }
}

extension CorpusInputs {
  /// The bytes of the input `path` as it is stored, nil for standard input and pipes.
  package func storedByteCount(of path: String) -> Int? {
    path == Self.standardInput ? nil : byteCount(ofPath: path)
  }
}
