// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import TextCore

/// Tables of Parquet, which the Python package encodes, by pyarrow.
enum ParquetInputs {
  private static let module = "malmoi._parquet_command"

  /// Hands the whole command over to the Python package if its inputs are Parquet; else does nothing.
  ///
  /// - Throws: `invalidArgument` for Parquet beside other inputs; `noReadableFiles` where the package is
  ///   not there; else the package's exit code.
  static func handOver(_ inputs: [String]) throws {
    let tables = inputs.filter { $0.lowercased().hasSuffix(".parquet") }
    guard let first = tables.first else { return }
    guard tables.count == inputs.count else {
      throw TextError(
        .invalidArgument, "Parquet beside other inputs", at: .init(path: first),
        remedy: "encode them apart, and put them together by \"malmoi merge\"")
    }
    let python = ProcessInfo.processInfo.environment["MALMOI_PYTHON"] ?? "python3"
    guard hasPackage(python) else {
      throw TextError(
        .noReadableFiles,
        "Parquet is read by the Python package malmoi, which \(python) does not have",
        at: .init(path: first),
        remedy: "pip install \"malmoi[arrow]\", or name a Python that has it in MALMOI_PYTHON")
    }
    // What stands behind "encode"; it has this process's terminal and its signals.
    let process = environmentProcess(
      [python, "-m", module] + CommandLine.arguments.dropFirst(2))
    guard (try? process.run()) != nil else {
      throw TextError(.readFailed, "cannot run \(python)", at: .init(path: first))
    }
    process.waitUntilExit()
    throw ExitCode(process.terminationStatus)
  }

  private static func environmentProcess(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    return process
  }

  private static func hasPackage(_ python: String) -> Bool {
    let process = environmentProcess([
      python, "-c",
      "import sys, importlib.util as u; sys.exit(not (u.find_spec('malmoi') and u.find_spec('pyarrow')))",
    ])
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
