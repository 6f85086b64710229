// SPDX-License-Identifier: Apache-2.0

/// Why text could not be read, normalised, trained on, encoded or written.
///
/// The one error type of the package, thrown typed. Bad data throws it; a broken contract traps.
/// Its description is the one line a user sees: where, what, remedy.
public struct TextError: Error, Hashable, Sendable {
  /// The kind of fault; the raw values are stable.
  public enum Code: Int32, Sendable {
    case fileNotFound = 1
    case readFailed = 2
    case writeFailed = 3
    case outputExists = 4
    case invalidArgument = 10
    case vocabularyTooSmall = 11
    case noReadableFiles = 20
    case emptyCorpus = 21
    case damagedCompression = 22
    case invalidUTF8 = 23
    case badRecord = 24
    case normalizationFailed = 25
    case malformedVocabulary = 30
    case unsupportedTokenizer = 31
    case unknownToken = 32
    case malformedDictionary = 33
    case malformedPreset = 34
    case tokenTypeOverflow = 40
    case damagedArtefact = 41
    case interrupted = 50
  }

  /// A place in a file.
  public struct Location: Hashable, Sendable {
    /// The path as the user gave it; "-" is standard input.
    public var path: String
    /// The line (record), counted from 1.
    public var line: Int?
    /// The byte offset from the start of the (decompressed) file.
    public var byteOffset: Int?

    /// A place in the file `path`.
    public init(path: String, line: Int? = nil, byteOffset: Int? = nil) {
      self.path = path
      self.line = line
      self.byteOffset = byteOffset
    }
  }

  /// The kind of fault.
  public var code: Code
  /// What is wrong, in one clause.
  public var what: String
  /// Where it is wrong.
  public var location: Location?
  /// What the user can do about it.
  public var remedy: String?
  /// The system's error number, where a system call failed.
  public var systemError: Int32?

  /// An error of kind `code`.
  public init(
    _ code: Code, _ what: String, at location: Location? = nil, remedy: String? = nil,
    systemError: Int32? = nil
  ) {
    self.code = code
    self.what = what
    self.location = location
    self.remedy = remedy
    self.systemError = systemError
  }

  /// The process exit code: 64 usage, 74 input/output, 130 interrupted, 1 for all bad data.
  public var exitCode: Int32 {
    switch code {
    case .invalidArgument, .vocabularyTooSmall: 64
    case .fileNotFound, .readFailed, .writeFailed, .outputExists: 74
    case .interrupted: 130
    default: 1
    }
  }
}

extension TextError.Location: CustomStringConvertible {
  /// `path`, `path:line` or `path: byte n`.
  public var description: String {
    let name = path == "-" ? "standard input" : path
    switch (line, byteOffset) {
    case (let line?, _): return "\(name):\(line)"
    case (nil, let byte?): return "\(name): byte \(byte)"
    case (nil, nil): return name
    }
  }
}

extension TextError: CustomStringConvertible {
  /// One line: where, what, remedy.
  public var description: String {
    var line = ""
    if let location { line += "\(location): " }
    line += what
    if let systemError { line += " (\(systemMessage(systemError)))" }
    if let remedy { line += "; \(remedy)" }
    return line
  }
}
