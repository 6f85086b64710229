// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Runs `body` on `count` threads, the caller's among them, and returns when all have returned.
func runOnThreads(_ count: Int, _ body: () -> Void) {
  precondition(count >= 1, "at least one thread is needed")
  withoutActuallyEscaping(body) { body in
    // Safe: every thread is joined below, before `body` and what it captures go out of scope.
    let job = ThreadJob(body)
    var threads: [pthread_t] = []
    for _ in 1..<count {
      var thread = pthread_t()
      let context = unsafe Unmanaged.passRetained(job).toOpaque()
      let status = unsafe pthread_create(
        &thread, nil,
        { context in
          if let context = unsafe context {
            unsafe Unmanaged<ThreadJob>.fromOpaque(context).takeRetainedValue().body()
          }
          return nil
        }, context)
      if status == 0 {
        threads.append(thread)
      } else {
        // Fewer threads do the same work.
        unsafe Unmanaged<ThreadJob>.fromOpaque(context).release()
      }
    }
    body()
    for thread in threads { pthread_join(thread, nil) }
  }
}

private final class ThreadJob {
  let body: () -> Void
  init(_ body: @escaping () -> Void) { self.body = body }
}
