// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import TextCore

/// Who may claim, who may emit, and which results wait for their turn: the state of one
/// ``orderedParallelMap``, under one lock.
///
/// Neither claiming nor emitting holds the lock; each is guarded by a flag, so that a slow read
/// does not keep others from handing in results.
@safe
final class BlockSchedule<Output: ~Copyable & Sendable>: @unchecked Sendable {
  // Invariant: everything below is touched with `mutex` held. Results of blocks
  // nextEmit ..< nextEmit + window wait in ready[index % window]; nextClaim - nextEmit <= window.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private let ready: UnsafeMutablePointer<Output?>
  private let window: Int
  private var nextClaim = 0
  private var nextEmit = 0
  private var isClaiming = false
  private var isEmitting = false
  private var isAtEnd = false
  private var failure: (index: Int, error: TextError)?

  init(window: Int) {
    self.window = window
    unsafe mutex = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(changed, nil)
    unsafe ready = .allocate(capacity: window)
    for slot in 0..<window { unsafe (ready + slot).initialize(to: nil) }
  }

  deinit {
    for slot in 0..<window { unsafe (ready + slot).deinitialize(count: 1) }
    unsafe ready.deallocate()
    unsafe pthread_mutex_destroy(mutex)
    unsafe pthread_cond_destroy(changed)
    unsafe mutex.deallocate()
    unsafe changed.deallocate()
  }

  func lock() { unsafe pthread_mutex_lock(mutex) }

  /// Lets go of the lock and wakes who waits.
  func unlock() {
    unsafe pthread_cond_broadcast(changed)
    unsafe pthread_mutex_unlock(mutex)
  }

  private func exclusively<Result>(_ body: () -> Result) -> Result {
    lock()
    defer { unlock() }
    return body()
  }

  /// Waits for the right to claim the next block and returns its index; nil when there is no more
  /// to claim.
  func beginClaim() -> Int? {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while !isAtEnd && (isClaiming || nextClaim - nextEmit >= window) {
      unsafe pthread_cond_wait(changed, mutex)
    }
    if isAtEnd { return nil }
    isClaiming = true
    return nextClaim
  }

  func endClaim(isLast: Bool) {
    exclusively {
      isClaiming = false
      nextClaim += 1
      if isLast { isAtEnd = true }
    }
  }

  func complete(_ index: Int, _ output: consuming Output) {
    unsafe pthread_mutex_lock(mutex)
    unsafe ready[index % window] = consume output
    unsafe pthread_mutex_unlock(mutex)
  }

  /// Stops further claims; the error of the lowest index is kept.
  func fail(at index: Int, _ error: TextError) {
    exclusively { recordFailure(at: index, error) }
  }

  private func recordFailure(at index: Int, _ error: TextError) {
    isAtEnd = true
    if let failure, failure.index <= index { return }
    failure = (index, error)
  }

  /// The result whose turn it is, if it is ready and nobody else emits.
  func beginEmit() -> Output? {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    if isEmitting { return nil }
    if let failure, failure.index <= nextEmit { return nil }
    guard let output = unsafe ready[nextEmit % window].take() else { return nil }
    isEmitting = true
    return output
  }

  /// Ends the emission of the block in turn; with an error, it was the last.
  func endEmit(failure error: TextError? = nil) {
    exclusively {
      if let error { recordFailure(at: nextEmit, error) }
      isEmitting = false
      nextEmit += 1
    }
  }

  var firstError: TextError? { exclusively { failure?.error } }
}
