// SPDX-License-Identifier: Apache-2.0
//
// Feeds bytes that libFuzzer makes up to every reader and every profile of normalisation.
// tools/fuzz builds and runs it; libFuzzer brings the main function, and two variables of the environment
// say what it runs: MALMOI_FUZZ_TARGET, and MALMOI_FUZZ_DIRECTORY for its files, which is best in memory.
//
// A target takes bytes and stops the program where something does not hold; libFuzzer finds crashes,
// leaks, hangs and greed for memory besides.

internal import TextCore

/// What is run on every input.
private let target: FuzzTarget = {
  let name = environmentVariable("MALMOI_FUZZ_TARGET") ?? ""
  guard let make = FuzzTargets.all[name],
    let directory = environmentVariable("MALMOI_FUZZ_DIRECTORY")
  else { fatalError("no fuzz target \"\(name)\"; run tools/fuzz") }
  return make(directory)
}()

/// Runs the target on one input; libFuzzer calls it by this name.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  // Safe: the bytes are libFuzzer's until this returns.
  target(unsafe Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}
