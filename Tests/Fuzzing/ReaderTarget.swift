// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TextCore

/// The way from a file to documents that the command takes, with the options that lead to one reader.
struct ReaderTarget: Sendable {
  let name: String
  /// The name of the file; tells compression and format where its bytes do not.
  let fileName: String
  let options: CorpusOptions

  init(
    _ name: String, _ fileName: String, _ change: (inout CorpusOptions) -> Void = { _ in }
  ) {
    self.name = name
    self.fileName = fileName
    var options = CorpusOptions()
    // Finding it out has targets of its own.
    options.charset = .utf8
    change(&options)
    self.options = options
  }

  /// Formats, compressions and containers, charsets.
  static let all: [ReaderTarget] = [
    ReaderTarget("auto", "a") {
      $0.charset = nil
      $0.repairsMojibake = true
    },
    ReaderTarget("text-line", "a.txt"),
    ReaderTarget("text-paragraph", "a.txt") { $0.documents = .paragraph },
    ReaderTarget("text-file", "a.txt") { $0.documents = .file },
    ReaderTarget("jsonl", "a.jsonl"),
    ReaderTarget("jsonl-path", "a.jsonl") { $0.field = "a[].b" },
    ReaderTarget("json", "a.json"),
    ReaderTarget("json-path", "a.json") { $0.field = "a[].b[].c" },
    ReaderTarget("json-record", "a.json") {
      $0.record = JSONPath("data[].list[]")
      $0.template = Template(#"{title}\n{body.text}"#)
    },
    ReaderTarget("csv", "a.csv"),
    ReaderTarget("tsv", "a.tsv") { $0.quoting = .none },
    ReaderTarget("csv-no-header", "a.csv") {
      $0.hasHeader = false
      $0.field = "2"
    },
    ReaderTarget("modu", "a.json") { $0.format = .modu },
    ReaderTarget("aihub", "a.json") { $0.format = .aihub },
    ReaderTarget("wikipedia", "a.xml"),
    ReaderTarget("warc", "a.warc"),
    ReaderTarget("html", "a.html"),
    ReaderTarget("subtitle", "a.srt"),
    ReaderTarget("sami", "a.smi") { $0.charset = nil },
    ReaderTarget("zstd", "a.txt.zst"),
    ReaderTarget("gzip", "a.txt.gz"),
    ReaderTarget("bzip2", "a.txt.bz2"),
    ReaderTarget("xz", "a.txt.xz"),
    ReaderTarget("lz4", "a.txt.lz4"),
    ReaderTarget("zip", "a.zip"),
    ReaderTarget("tar", "a.tar"),
    ReaderTarget("7z", "a.7z"),
    ReaderTarget("charset-auto", "a.txt") { $0.charset = nil },
    ReaderTarget("charset-cp949", "a.txt") { $0.charset = .cp949 },
    ReaderTarget("charset-johab", "a.txt") { $0.charset = .johab },
    ReaderTarget("charset-iso-2022-kr", "a.txt") { $0.charset = .iso2022kr },
    ReaderTarget("charset-utf-16le", "a.txt") { $0.charset = .utf16le },
    ReaderTarget("charset-utf-16be", "a.txt") { $0.charset = .utf16be },
    ReaderTarget("mojibake", "a.txt") { $0.repairsMojibake = true },
  ]

  func target(in directory: String) -> FuzzTarget {
    let path = "\(directory)/\(fileName)"
    return { check($0, path) }
  }

  /// Reads `input` with blocks of two sizes: what comes out is the same.
  private func check(_ input: [UInt8], _ path: String) {
    write(input, to: path)
    let choice = choice(of: input)
    var options = options
    options.invalidUTF8 = InvalidUTF8Policy.allCases[choice & 3]
    // Long inputs show what takes quadratic time in a block of the usual size; that many tiny blocks do
    // is no fault. Others run much faster without the memory of such blocks.
    let isLong = input.count > 1 << 14
    options.maximumRecordBytes = choice & 0x1C == 0 && !isLong ? 1 + choice >> 5 & 63 : 1 << 20
    if !isLong { options.blockBytes = 1 << 14 }
    let whole = Outcome(of: path, options)
    options.blockBytes = (isLong ? 1 << 13 : 1) + choice >> 11 & 127
    let parts = Outcome(of: path, options)
    require(
      whole.text.span.elementsEqual(parts.text.span),
      "blocks of \(options.blockBytes) bytes make a difference, longest record \(options.maximumRecordBytes)"
        + ", \(options.invalidUTF8):\n\(whole.text.makeString())\n-- and --\n\(parts.text.makeString())"
    )
  }
}

/// All that comes out of reading a file, in one text.
private struct Outcome: ~Copyable {
  var text = ByteBuffer()

  init(of path: String, _ options: CorpusOptions) {
    do throws(TextError) {
      try read(path, options)
    } catch {
      // How much of a block comes before the error is no matter: nothing of it is used.
      text.removeAll()
      text.append("error: \(error.description)\n")
    }
  }

  private mutating func read(_ path: String, _ options: CorpusOptions) throws(TextError) {
    var reader = CorpusReader(inputs: try CorpusInputs.resolve([path]), options: options)
    var parser = RecordParser(options: options)
    var batch = DocumentBatch()
    var rejects: [RejectedRecord] = []
    var replaced = 0
    while let block = try reader.nextBlock() {
      batch.removeAll()
      try parser.parse(block, into: &batch)
      require(
        options.invalidUTF8 == .keep || isWellFormedUTF8(batch.text.span), "documents are not UTF-8"
      )
      for index in 0..<batch.count { append(batch, index) }
      rejects += batch.rejects
      replaced += batch.replacedSequences
    }
    text.append("\(rejects.count) rejects\n")
    for reject in rejects.prefix(1000) {
      text.append("reject: \(reject.line ?? 0) \(reject.byteOffset) \(reject.reason)\n")
    }
    text.append("replaced \(replaced), stored \(reader.digests.map(\.byteCount))\n")
  }

  private mutating func append(_ batch: borrowing DocumentBatch, _ index: Int) {
    let document = batch.document(index)
    append(batch.lines[index])
    append(batch.byteOffsets[index])
    text.append(copying: document)
    for field in MetadataField.allCases {
      let value = batch.metadata(field, of: index)
      if !value.isEmpty { require(isWellFormedUTF8(value), "metadata are not UTF-8") }
      text.append(UInt8(ascii: "|"))
      text.append(copying: value)
    }
    text.append(UInt8(ascii: "\n"))
  }

  /// Appends a number and a space; strings would take most of the time.
  private mutating func append(_ number: Int) {
    var power = 1
    while power <= number / 10 { power *= 10 }
    while power > 0 {
      text.append(UInt8(ascii: "0") + UInt8(number / power % 10))
      power /= 10
    }
    text.append(UInt8(ascii: " "))
  }
}
