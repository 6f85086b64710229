// SPDX-License-Identifier: Apache-2.0

import CountFiles
import TestSupport
import Testing
import TextCore
import Training

/// Rows as a test compares them.
typealias Rows = [[UInt8]: [Int: Int64]]

let settings = CountSettings(options: [("normalizer", "nfc"), ("pre_tokenizer", "gpt2")])

func sources(_ count: Int) -> [CountSource] {
  // By their bytes: s0 … s9 at most.
  (0..<count).map { CountSource(name: "s\($0)") }
}

/// Random rows; empty pretokens, binary and ill-formed ones, and now and then a long one.
func randomRows(_ seed: Int, _ count: Int, sources: Int) -> Rows {
  var generator = SeededGenerator(seed: seed)
  var rows: Rows = [:]
  for number in 0..<count {
    var pretoken = RandomText.illFormed(Int.random(in: 1...4, using: &generator), using: &generator)
    if number % 50 == 7 { pretoken += [UInt8](repeating: UInt8(number & 255), count: 3000) }
    if number % 90 == 3 { pretoken = [] }
    var columns: [Int: Int64] = [:]
    for source in 0..<sources where Bool.random(using: &generator) {
      columns[source] = Int64.random(
        in: 1...(1 << Int64.random(in: 1...40, using: &generator)), using: &generator)
    }
    if columns.isEmpty { columns[sources - 1] = 1 }
    rows[pretoken] = columns
  }
  return rows
}

func columns(_ counts: [Int: Int64]) -> CountColumns {
  var columns = CountColumns()
  for (source, count) in counts.sorted(by: { $0.key < $1.key }) {
    columns.append(CountColumn(source: source, count: count))
  }
  return columns
}

func write(_ rows: Rows, to path: String, sources count: Int, blockBytes: Int = 1 << 16) throws {
  var writer = try CountFileWriter(path, sourceCount: count, blockBytes: blockBytes)
  for pretoken in rows.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
    try writer.append(pretoken.span, columns(rows[pretoken] ?? [:]).span)
  }
  try writer.publish { totals in
    var manifest = CountManifest(
      toolVersion: "1", settings: settings, sources: sources(count))
    manifest.totals = totals
    return manifest.manifest
  }
}

func read(_ merge: consuming CountMerge) throws -> Rows {
  var rows: Rows = [:]
  var last: [UInt8]?
  while try merge.advance() {
    let pretoken = merge.pretoken.makeArray()
    if let last { #expect(last.lexicographicallyPrecedes(pretoken)) }
    last = pretoken
    var counts: [Int: Int64] = [:]
    for place in 0..<merge.columns.count {
      counts[Int(merge.columns[place].source)] = merge.columns[place].count
    }
    rows[pretoken] = counts
  }
  return rows
}

func read(_ path: String) throws -> Rows {
  try read(CountMerge([.init(try CountFileReader(path))]))
}

/// What reading all of `path` complains of, without its directory.
func fault(_ path: String) -> String? {
  do throws(TextError) {
    let reader = try CountFileReader(path)
    var row = CountRow()
    while try reader.next(&row) {}
    return nil
  } catch {
    #expect(error.code == .damagedArtefact && error.location?.path == path)
    return error.description
  }
}

@Suite struct CountFileTests {
  let directory = TemporaryDirectory()
  var path: String { directory.path + "/c" }

  @Test("rows come back, whatever the size of the blocks", arguments: [1, 40, 1000, 1 << 16])
  func roundTrip(_ blockBytes: Int) throws {
    for seed in 0..<12 {
      let count = [1, 2, 7][seed % 3]
      let rows = randomRows(seed, [0, 1, 30, 900][seed % 4], sources: count)
      try write(rows, to: path, sources: count, blockBytes: blockBytes)
      #expect(try read(path) == rows)
      #expect(CountFileReader.recognises(path))
    }
  }

  @Test("a pretoken larger than a block, and one of a million bytes")
  func huge() throws {
    let rows: Rows = [
      []: [0: 1], [UInt8](repeating: 0xED, count: 1_000_000): [0: Int64.max - 3],
      [UInt8](repeating: 0xED, count: 1_000_001): [1: 7], [0xFF]: [0: 1, 1: 2],
    ]
    try write(rows, to: path, sources: 2)
    #expect(try read(path) == rows)
  }

  @Test("counts of more than 63 bits together are refused")
  func overflow() throws {
    #expect(throws: TextError.self) {
      try write([[1]: [0: Int64.max], [2]: [0: 1]], to: path, sources: 1)
    }
    #expect(try directoryEntries(directory.path).isEmpty)
  }

  @Test("a file cut off at any byte is an error that names a byte")
  func truncated() throws {
    try write(randomRows(3, 60, sources: 2), to: path, sources: 2, blockBytes: 200)
    let whole = try readFile(path).makeArray()
    for count in 0..<whole.count {
      try directory.write("c", Array(whole[..<count]))
      let told = try #require(fault(path), "\(count) of \(whole.count) bytes")
      #expect(told.contains("byte "), "\(told)")
      #expect(!told.contains("\n"))
    }
    try directory.write("c", whole + [0])
    #expect(fault(path) != nil)
  }

  @Test("a changed byte anywhere is an error")
  func flipped() throws {
    try write(randomRows(4, 40, sources: 2), to: path, sources: 2, blockBytes: 300)
    let whole = try readFile(path).makeArray()
    var generator = SeededGenerator(seed: 9)
    for place in whole.indices {
      var broken = whole
      broken[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      try directory.write("c", broken)
      #expect(fault(path) != nil, "byte \(place)")
    }
  }

  @Test("blocks left out, doubled or exchanged are errors")
  func blocks() throws {
    try write(randomRows(5, 200, sources: 1), to: path, sources: 1, blockBytes: 500)
    let whole = try readFile(path).makeArray()
    func number(_ place: Int, _ bytes: Int) -> Int {
      (0..<bytes).reduce(0) { $0 | Int(whole[place + $1]) << ($1 * 8) }
    }
    let end = number(whole.count - 32, 8)
    var blocks: [[UInt8]] = []
    var place = 16
    while place < end {
      let next = place + 24 + number(place, 4)
      blocks.append(Array(whole[place..<next]))
      place = next
    }
    #expect(blocks.count > 3)
    func rebuilt(_ blocks: [[UInt8]]) -> [UInt8] {
      let manifest = Array(whole[end..<whole.count - 32])
      var file = Array(whole[..<16]) + blocks.joined()
      var footer = ByteBuffer()
      for value in [file.count, manifest.count] {
        for shift in 0..<8 { footer.append(UInt8(truncatingIfNeeded: value >> (shift * 8))) }
      }
      var checksum = XXH3()
      checksum.update(manifest.span)
      checksum.update(footer.span)
      let value = checksum.value
      for shift in 0..<8 { footer.append(UInt8(truncatingIfNeeded: value >> UInt64(shift * 8))) }
      file += manifest + footer.makeArray() + whole.suffix(8)
      return file
    }
    try directory.write("c", Array(rebuilt(blocks)))
    #expect(fault(path) == nil)
    for index in blocks.indices {
      var changed = blocks
      changed.remove(at: index)
      try directory.write("c", Array(rebuilt(changed)))
      #expect(fault(path) != nil, "without block \(index)")
      changed = blocks
      changed.insert(blocks[index], at: index)
      try directory.write("c", Array(rebuilt(changed)))
      #expect(fault(path) != nil, "block \(index) twice")
    }
    try directory.write("c", Array(rebuilt(blocks.reversed())))
    #expect(fault(path) != nil)
  }

  @Test("files of other kinds are refused in one line")
  func otherFiles() throws {
    for content in [[], Array("MLMCOUNT".utf8), Array("{}".utf8), [UInt8](repeating: 0, count: 99)]
    {
      try directory.write("c", Array(content))
      #expect(fault(path) != nil)
    }
    try directory.write("c", Array(Array("plain text".utf8)))
    #expect(
      fault(path)
        == "\(path): byte 0: not a count file; copy the count file again, or count again")
  }
}
