// SPDX-License-Identifier: Apache-2.0

package import TextCore

/// Maps a stream of blocks on several threads and hands the results on in the stream's order.
///
/// The one primitive for parallel work. A worker claims the next block, works on it, and whoever
/// completes the block in turn emits everything that is ready. Claims run at most
/// ``blocksAheadPerThread`` blocks a thread ahead of what is emitted, so memory is bounded; the
/// first error in the order of the blocks wins, after everything before it was emitted. The
/// emitted sequence is the same for any number of threads. Threads rather than tasks: reading
/// blocks, and callers are synchronous.
///
/// - Parameters:
///   - threadCount: At least 1; the caller's own thread is one of them.
///   - claim: Gives the next block, nil at the end. Never runs twice at a time.
///   - makeWorker: Makes a thread's own state, on that thread.
///   - work: Turns a block into its result.
///   - emit: Takes the results in order. Never runs twice at a time.
///   - finish: Takes each worker's state when there is no more to do, one at a time.
/// - Throws: What `claim`, `work` or `emit` threw for the earliest block.
/// - Complexity: 0.2 to 1 µs a block beyond the work itself.
package func orderedParallelMap<
  Block: ~Copyable & Sendable, Worker: ~Copyable, Output: ~Copyable & Sendable
>(
  threadCount: Int,
  claim: () throws(TextError) -> Block?,
  makeWorker: () -> Worker,
  work: (inout Worker, consuming Block) throws(TextError) -> Output,
  emit: (consuming Output) throws(TextError) -> Void,
  finish: (consuming Worker) -> Void = { (_: consuming Worker) in }
) throws(TextError) {
  let schedule = BlockSchedule<Output>(window: threadCount * blocksAheadPerThread)
  runOnThreads(threadCount) {
    var worker = makeWorker()
    while let index = schedule.beginClaim() {
      let block: Block?
      do throws(TextError) {
        block = try claim()
      } catch {
        schedule.endClaim(isLast: true)
        schedule.fail(at: index, error)
        break
      }
      guard let block else {
        schedule.endClaim(isLast: true)
        break
      }
      schedule.endClaim(isLast: false)
      do throws(TextError) {
        schedule.complete(index, try work(&worker, block))
      } catch {
        schedule.fail(at: index, error)
        break
      }
      while let output = schedule.beginEmit() {
        do throws(TextError) {
          try emit(output)
          schedule.endEmit()
        } catch {
          schedule.endEmit(failure: error)
        }
      }
    }
    schedule.lock()
    finish(worker)
    schedule.unlock()
  }
  if let error = schedule.firstError { throw error }
}

/// Blocks a thread may be ahead: enough that one slow block does not stall the others.
private let blocksAheadPerThread = 4
