// SPDX-License-Identifier: Apache-2.0

internal import CKernels
internal import TextCore

/// The ways from places of runs to their ends, in columns: those of suffixes seen before, in a table of fixed
/// size whose content never changes a result, and those of the runs in question.
///
/// What leads from a place to the end of a run depends on the syllables from there on alone, and Korean runs
/// end in few ways: of the suffixes of one to four syllables of runs never seen, 98, 74, 37 and 15 % are found
/// in 32 Ki columns. A column of the table is a cache line: the suffix, and up to seven ways.
@safe
struct SuffixTable: ~Copyable, Sendable {
  // Invariant: `lines` has a line for each suffix, then two for each place of a run of each job, which hold
  // `room` ways, then `end`. The first word of a column is its suffix, 0 for a job's, with the number of ways
  // above it, at most `keptRoom` in the table and `room` elsewhere; the ways follow.
  private var lines = PageBuffer<Line>()
  private let lineBits: UInt64
  private let firstOfJobs: Int
  /// The column of the end of a run.
  let end: Int

  // Internal: a private one does not link where the compiler specialises its buffer elsewhere.
  typealias Line = InlineArray<8, Int64>

  /// The longest suffixes that are kept, in syllables: longer ones seldom come again.
  static let longest = 4
  private static let keptRoom = 7
  /// How many ways a column of a job has room for.
  static let room = 15
  private static let countShift: Int64 = 56

  /// A table of at most `byteCount` bytes, of one column at least, and room for `jobCount` runs.
  init(byteCount: Int, jobCount: Int) {
    var bits = 0
    while MemoryLayout<Line>.stride << (bits + 1) <= byteCount { bits += 1 }
    lineBits = UInt64(bits)
    firstOfJobs = 1 << bits
    end = firstOfJobs + 2 * RunKey.longest * jobCount
    lines.append(zeros: end + 1)
    unsafe column(end)[0] = 1 << Self.countShift
    unsafe column(end)[1] = Way(end: EojeolModel.end).bits
  }

  /// The number of the table's column for `suffix`.
  @inline(__always)
  func place(of suffix: UInt64) -> Int {
    // The upper half of the product depends on all syllables.
    let hash = (suffix &* 0x9E37_79B9_7F4A_7C15) &>> 32
    return Int(truncatingIfNeeded: hash &>> (32 &- lineBits))
  }

  /// The number of the column of a place of a run of a job.
  @inline(__always)
  func place(ofJob job: Int, _ place: Int) -> Int {
    firstOfJobs &+ (job &* RunKey.longest &+ place) &* 2
  }

  /// Asks for the column for `suffix`.
  @inline(__always)
  func request(_ suffix: UInt64) {
    // Safe: a prefetch of any address is harmless.
    unsafe ck_prefetch(lines.elements + place(of: suffix))
  }

  /// Whether the table's column `place` is that of `suffix`.
  @inline(__always)
  func holds(_ suffix: UInt64, at place: Int) -> Bool {
    let key = unsafe column(place)[0] & (1 &<< Self.countShift &- 1)
    return key == Int64(bitPattern: suffix)
  }

  /// Keeps the column `place` of a job as that of `suffix`, if it is not too long.
  @inline(__always)
  func keep(_ place: Int, as suffix: UInt64) {
    // Safe: see the invariant.
    if unsafe Self.count(column(place)) > Self.keptRoom { return }
    let kept = self.place(of: suffix)
    unsafe lines.elements[kept] = lines.elements[place]
    unsafe column(kept)[0] |= Int64(bitPattern: suffix)
  }

  /// The words of the column `place`: its head, then its ways.
  @unsafe
  @inline(__always)
  func column(_ place: Int) -> UnsafeMutablePointer<Int64> {
    unsafe UnsafeMutableRawPointer(lines.elements + place).assumingMemoryBound(to: Int64.self)
  }

  /// The number of ways of `column`.
  @unsafe
  @inline(__always)
  static func count(_ column: UnsafeMutablePointer<Int64>) -> Int {
    unsafe Int(truncatingIfNeeded: column[0] &>> countShift)
  }

  /// Tells how many ways `column`, one of a job, has.
  @unsafe
  @inline(__always)
  static func setCount(_ column: UnsafeMutablePointer<Int64>, _ count: Int) {
    unsafe column[0] = Int64(truncatingIfNeeded: count) &<< countShift
  }
}
