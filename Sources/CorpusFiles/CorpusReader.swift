// SPDX-License-Identifier: Apache-2.0
//
// The first stage: corpus files become documents.
//
//   files ─► CorpusFile ─► ByteStream ─► OpenFile ─► RecordBlock ─► RecordParser ─► DocumentBatch
//            hashed;       of the file   cut after   1 MiB of       in parallel     text, ends,
//            archives are  or a member,  whole       one member                     lines, rejects
//            streams of    decompressed  records
//            members
//
// The reader is the serial half. Workers take turns to claim its next block, so it does only what
// needs the order of the bytes: it reads, hashes what is stored, decompresses, finds the last
// record end of a block, and counts line feeds for the places in messages. Looking into records
// is the parser's, one a worker.
//
// Invariants
// - A block begins where a record begins and ends where one ends. Which bytes stand in which block
//   depends on the options alone, never on how a pipe delivers them; documents do not even depend
//   on the size of the blocks.
// - Every byte of every file is in a block, or in a reject that the reader reports.
// - Memory: a block and the beginning of the next; more only for a record longer than a block, up
//   to the longest record allowed.
//
// Cost: reading a file in the page cache runs at several GB/s without its hash. SHA-256 of what is
// stored and zstd come on top and are the most of it.

package import TextCore

/// Cuts the files of a corpus into blocks of whole records, in order.
package struct CorpusReader: ~Copyable, Sendable {
  package let inputs: CorpusInputs
  package let options: CorpusOptions
  /// The files read to their ends so far, in the order of the inputs.
  package private(set) var digests: [FileDigest] = []
  /// The bytes of all inputs as stored; nil if some are pipes.
  package let totalStoredBytes: Int?
  /// Stored bytes read so far, for progress beside ``totalStoredBytes``.
  package private(set) var storedBytesRead = 0
  /// What the files read so far were found to be.
  package private(set) var findings: [FileFindings] = []
  private var file: CorpusFile?
  private var current: OpenFile?
  private var finishedStoredBytes = 0
  private let spare: SpareBuffers

  /// A reader of `inputs`, which are opened one after the other.
  package init(inputs: CorpusInputs, options: CorpusOptions) {
    self.inputs = inputs
    self.options = options
    spare = SpareBuffers(blockBytes: options.blockBytes)
    var total: Int? = 0
    for path in inputs.files {
      let size = path == CorpusInputs.standardInput ? nil : byteCount(ofPath: path)
      if let sum = total, let size { total = sum + size } else { total = nil }
    }
    totalStoredBytes = total
  }

  /// The next block, nil behind the last file.
  ///
  /// Damage in a compressed file or an archive is no error here: it ends that file or member and is
  /// told in its last block.
  ///
  /// - Throws: `fileNotFound`, `readFailed`.
  package mutating func nextBlock() throws(TextError) -> RecordBlock? {
    if let most = options.maximumStoredBytes, storedBytesRead >= most { return nil }
    while true {
      if var open = current.take() {
        let block = try open.nextBlock()
        if block.isLastOfFile {
          file?.note(open.charset, utf8Lines: open.utf8Lines)
          storedBytesRead = finishedStoredBytes + (file?.storedBytesRead ?? 0)
        } else {
          // What a decoder holds back is not in a block yet.
          storedBytesRead = finishedStoredBytes + open.storedPosition
          current = consume open
        }
        return block
      }
      if file == nil {
        guard digests.count < inputs.files.count else { return nil }
        file = try CorpusFile(inputs.files[digests.count], options)
      }
      switch try file?.next() {
      case .member(let stream)?:
        current = try OpenFile(stream, index: digests.count, options, spare)
      case .lost(let error)?:
        return RecordBlock(lost: error, fileIndex: digests.count)
      case .end?, nil: try finishFile()
      }
    }
  }

  private mutating func finishFile() throws(TextError) {
    guard let file = file.take() else { return }
    findings.append(file.findings)
    let digest = try file.finish()
    finishedStoredBytes += digest.byteCount
    storedBytesRead = finishedStoredBytes
    digests.append(digest)
  }
}
