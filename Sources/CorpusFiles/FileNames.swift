// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import TextCore

/// What the names of corpus files say.
///
/// The suffixes of all formats, codecs and archives stand here,
/// and nowhere else; upper and lower case are one.
enum FileNames {
  private static let formats: [(suffix: String, format: RecordFormat)] = [
    (".jsonl", .jsonl), (".ndjson", .jsonl), (".txt", .text), (".text", .text), (".json", .json),
    (".csv", .csv), (".tsv", .tsv), (".warc", .warc), (".wet", .warc), (".html", .html),
    (".htm", .html), (".xhtml", .html), (".srt", .subtitle), (".vtt", .subtitle),
    (".smi", .subtitle),
    (".sami", .subtitle), (".xml", .wikipedia),
  ]

  private static let codecs: [(suffix: String, codec: Codec)] = [
    (".zst", .zstd), (".zstd", .zstd), (".gz", .gzip), (".bz2", .bzip2), (".xz", .xz),
    (".lz4", .lz4),
  ]

  private static let containers: [(suffix: String, container: Container, codec: Codec?)] = [
    (".zip", .zip, nil), (".tar", .tar, nil), (".7z", .sevenZip, nil), (".tgz", .tar, .gzip),
    (".tbz2", .tar, .bzip2), (".txz", .tar, .xz), (".tzst", .tar, .zstd),
  ]

  /// The format that the name of `path` tells, compression aside; nil if it tells none.
  ///
  /// An `.xml` file is a MediaWiki dump or nothing that can be read.
  static func format(of path: String) -> RecordFormat? {
    let name = withoutCodec(path)
    return formats.first { hasSuffix(name, $0.suffix) }?.format
  }

  /// The codec that the name of `path` promises.
  static func codec(of path: String) -> Codec? {
    codecs.first { hasSuffix(path[...], $0.suffix) }?.codec
      ?? containers.first { hasSuffix(path[...], $0.suffix) }?.codec
  }

  /// The archive that the name of `path` promises, compression aside.
  static func container(of path: String) -> Container? {
    let name = withoutCodec(path)
    return containers.first { hasSuffix(name, $0.suffix) }?.container
  }

  /// Whether a file of this name in a directory or an archive belongs to a corpus.
  static func isOfCorpus(_ path: String) -> Bool {
    format(of: path) != nil || container(of: path) != nil
  }

  /// Whether the last part of `path` begins with a dot.
  static func isHidden(_ path: String) -> Bool {
    let name = path.utf8.lastIndex(of: slash).map { path.utf8[path.utf8.index(after: $0)...] }
    return (name ?? path.utf8[...]).first == dot
  }

  private static func withoutCodec(_ path: String) -> Substring {
    for (suffix, _) in codecs where hasSuffix(path[...], suffix) {
      return path[..<path.utf8.index(path.endIndex, offsetBy: -suffix.utf8.count)]
    }
    return path[...]
  }

  private static func hasSuffix(_ name: Substring, _ suffix: String) -> Bool {
    name.utf8.count >= suffix.utf8.count
      && zip(name.utf8.reversed(), suffix.utf8.reversed()).allSatisfy { lowercase($0) == $1 }
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 { 0x41...0x5A ~= byte ? byte | 0x20 : byte }

  private static let slash: UInt8 = 0x2F
  private static let dot: UInt8 = 0x2E
}

/// Whether the name of `path` tells that more comes out of it than is stored.
package func isCompressed(_ path: String) -> Bool {
  FileNames.codec(of: path) != nil || [.zip, .sevenZip].contains(FileNames.container(of: path))
}

/// Shell patterns of paths to leave out.
package struct ExcludedPaths: Hashable, Sendable {
  package let patterns: [String]

  /// A pattern without a slash is held against the last part of a path, one with a slash against the
  /// whole, as it was given, that of a member with "!/" behind its archive's; `*` matches slashes too.
  package init(_ patterns: [String]) { self.patterns = patterns }

  /// Whether a pattern matches `path`.
  package func match(_ path: String) -> Bool {
    guard !patterns.isEmpty else { return false }
    let name = path.utf8.lastIndex(of: 0x2F).map { String(path[path.utf8.index(after: $0)...]) }
    return patterns.contains { pattern in
      let subject = pattern.utf8.contains(0x2F) ? path : name ?? path
      return unsafe fnmatch(pattern, subject, 0) == 0
    }
  }
}
