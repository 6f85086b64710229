// SPDX-License-Identifier: Apache-2.0

internal import PreTokenization
internal import TextCore
internal import TokenModels
internal import Training

/// The merges that a training has made so far, kept beside its output so that a run that was killed
/// can go on behind them.
///
/// The file is little-endian: `MLMMERGE`; a hash of the counts and options; the number of merges; for
/// each its left id (4 bytes), its right id (4) and its frequency (8); the XXH3 of all that. One that
/// does not fit the run, or is damaged, is as good as none: nothing is lost but time.
struct MergeCheckpoint {
  static let name = "merges"
  private static let magic: UInt64 = 0x4547_5245_4D4D_4C4D
  private static let headerBytes = 24
  private static let mergeBytes = 16

  private let path: String
  /// A hash of all options that change what is merged.
  private let optionsHash: UInt64

  init(directory: String, _ job: TrainJob) {
    let training = job.training
    path = directory + "/" + Self.name
    let first =
      job.firstStage.map { stage in
        ["\(stage.size - training.alphabetSize)", stage.preTokenizer?.rawValue ?? ""] + stage.counts
      } ?? []
    let options =
      "\(training.minimumFrequency) \(training.isSyllableSafe) \(training.maximumTokenBytes ?? -1) "
      + "\(training.maximumTokenCharacters ?? -1) \(training.requiredCharacters) \(job.minimumCount) "
      + "\(job.alphabetLimit ?? -1) \(job.maximumRepeats ?? -1) \(training.maximumTokenWords ?? -1) "
      + "\(first.joined(separator: " ")) "
      // Their spellings are no tokens.
      + "\(training.addedContents)"
    optionsHash = hash64(options.utf8.span)
  }

  static func exists(in directory: String) -> Bool {
    kind(ofPath: directory + "/" + name) == .file
  }

  /// The merges of an earlier run on the same counts with the same options; none if there are none.
  ///
  /// - Throws: What reading the rows throws; they are only read if there is a checkpoint.
  func read(rows: CountRows) throws(TextError) -> TrainedMerges {
    guard kind(ofPath: path) == .file, let bytes = try? readFile(path),
      let (hash, prefix) = Self.parse(bytes.span)
    else { return TrainedMerges() }
    var fingerprint: UInt64 = 0
    try rows.forEach { (pretoken, occurrences) throws(TextError) in
      fingerprint &+= rowHash(pretoken, occurrences)
    }
    return hash == fingerprint ^ optionsHash ? prefix : TrainedMerges()
  }

  private static func parse(_ bytes: Span<UInt8>) -> (UInt64, TrainedMerges)? {
    func number(_ place: Int, _ length: Int) -> UInt64 {
      (0..<length).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }
    guard bytes.count >= headerBytes + 8, number(0, 8) == magic else { return nil }
    let count = (bytes.count - headerBytes - 8) / mergeBytes
    guard number(16, 8) == UInt64(count), bytes.count == headerBytes + count * mergeBytes + 8,
      number(bytes.count - 8, 8) == checksum(bytes.extracting(0..<bytes.count - 8))
    else { return nil }
    var prefix = TrainedMerges()
    for merge in 0..<count {
      let place = headerBytes + merge * mergeBytes
      prefix.pairs.append(
        TokenPair(UInt32(number(place, 4)), UInt32(number(place + 4, 4))))
      prefix.frequencies.append(Int64(bitPattern: number(place + 8, 8)))
    }
    return (number(8, 8), prefix)
  }

  private static func checksum(_ bytes: Span<UInt8>) -> UInt64 {
    hash64(bytes)
  }

  /// Writes the merges made so far, in place of those written before.
  ///
  /// - Throws: `writeFailed`.
  func write(_ prefix: TrainedMerges, fingerprint: UInt64) throws(TextError) {
    var bytes = ByteBuffer()
    func append(_ number: UInt64, _ length: Int) {
      for place in 0..<length {
        bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place)))
      }
    }
    append(Self.magic, 8)
    append(fingerprint ^ optionsHash, 8)
    append(UInt64(prefix.pairs.count), 8)
    for (pair, frequency) in zip(prefix.pairs, prefix.frequencies) {
      append(UInt64(pair.left), 4)
      append(UInt64(pair.right), 4)
      append(UInt64(bitPattern: frequency), 8)
    }
    append(Self.checksum(bytes.span), 8)
    try writeFile(path, bytes.span)
  }
}
