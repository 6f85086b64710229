// SPDX-License-Identifier: Apache-2.0

internal import CorpusFiles
internal import TestSupport
internal import Testing
internal import TextCore

@Suite("Naming the inputs")
struct InputTests {
  private func resolve(_ arguments: [String]) throws(TextError) -> CorpusInputs {
    try CorpusInputs.resolve(arguments)
  }

  private func failure(_ arguments: [String]) -> String? {
    message { () throws(TextError) in _ = try CorpusInputs.resolve(arguments) }
  }

  @Test("a directory gives its corpus files in the order of their names' bytes")
  func directory() throws {
    let directory = TemporaryDirectory()
    let taken = [
      "B.TXT", "a.jsonl", "a.txt.zst", "b/1.ndjson", "b/2.text.zstd", "b/3.tar.xz", "c.ndjson.gz",
      "d.7z", "e.ZIP", "f.tgz", "가.txt",
    ]
    let others = ["README.md", "a.zst", "b/x.gz", "txt"]
    for name in taken.shuffled() + others + [".hidden.txt", ".git/a.txt"] {
      try directory.write(name, "x\n")
    }
    let inputs = try resolve([directory.path])
    #expect(inputs.files == taken.map { "\(directory.path)/\($0)" })
    #expect(inputs.ignored == others.map { "\(directory.path)/\($0)" })
    #expect(try resolve([directory.path + "/"]).files == inputs.files)
  }

  @Test("patterns leave files out, by their names or by their paths")
  func excluded() throws {
    let directory = TemporaryDirectory()
    for name in ["a.txt", "b.txt", "라벨링/a.txt", "원천/a.txt"] { try directory.write(name, "x\n") }
    func left(_ patterns: String...) throws -> [String] {
      let inputs = try CorpusInputs.resolve([directory.path], excluding: ExcludedPaths(patterns))
      return inputs.files.map { String($0.dropFirst(directory.path.count + 1)) }
    }
    #expect(try left("b.*") == ["a.txt", "라벨링/a.txt", "원천/a.txt"])
    #expect(try left("*/라벨링/*") == ["a.txt", "b.txt", "원천/a.txt"])
    #expect(try left("a.txt", "*/c") == ["b.txt"])
    #expect(try left("[ab].tx", "A.txt").count == 4)
  }

  @Test("arguments keep their order, and a file is taken whatever its name")
  func order() throws {
    let directory = TemporaryDirectory()
    let odd = try directory.write("notes.md", "x\n")
    let late = try directory.write("z.txt", "x\n")
    let inner = try directory.write("d/a.txt", "x\n")
    let inputs = try resolve([late, "-", "\(directory.path)/d", odd])
    #expect(inputs.files == [late, "-", inner, odd])
    #expect(inputs.ignored.isEmpty)
  }

  @Test("a pattern gives the files that match, sorted")
  func patterns() throws {
    let directory = TemporaryDirectory()
    for name in ["b.txt", "a.txt", "c.md", "d.txt/x.txt"] { try directory.write(name, "x\n") }
    let base = directory.path
    #expect(try resolve(["\(base)/*.txt"]).files == ["\(base)/a.txt", "\(base)/b.txt"])
    #expect(try resolve(["\(base)/?.md"]).files == ["\(base)/c.md"])
    #expect(try resolve(["\(base)/[bc].*"]).files == ["\(base)/b.txt", "\(base)/c.md"])
    #expect(
      failure(["\(base)/*.gz"]) == "\(base)/*.gz: no file matches this pattern; check the pattern")
    // A file whose name looks like a pattern is that file.
    let starred = try directory.write("*.txt", "x\n")
    #expect(try resolve([starred]).files == [starred])
  }

  @Test("a file reached twice is refused, by whatever way")
  func twice() throws {
    let directory = TemporaryDirectory()
    let path = try directory.write("a.txt", "x\n")
    directory.link("b.txt", to: "a.txt")
    let link = "\(directory.path)/b.txt"
    let spelled = "\(directory.path)/./a.txt"
    #expect(failure([path, path]) == "\(path): named twice; name each file once")
    #expect(
      failure([path, spelled]) == "\(spelled): named twice, first as \(path); name each file once")
    #expect(
      failure([directory.path]) == "\(link): named twice, first as \(path); name each file once")
    #expect(failure(["-", "-"]) == "standard input: named twice; name each file once")
  }

  @Test("a link that leads back up is passed over")
  func loop() throws {
    let directory = TemporaryDirectory()
    let path = try directory.write("d/a.txt", "x\n")
    directory.link("d/up", to: "..")
    let inputs = try resolve([directory.path])
    #expect(inputs.files == [path])
    #expect(inputs.ignored == ["\(directory.path)/d/up"])
  }

  @Test("what is not there is one clear line")
  func missing() throws {
    let directory = TemporaryDirectory()
    let base = directory.path
    #expect(failure(["\(base)/no.txt"]) == "\(base)/no.txt: no such file; check the path")
    #expect(
      failure([base]) == "\(base): no file here has the name of a corpus file or of an archive; "
        + "name the files themselves to read them as they are")
    #expect(
      failure([])
        == "no input files; name files, directories, patterns or - for standard input")
  }

  @Test("a file that goes away before its turn is an error, after what comes before it")
  func vanished() throws {
    let directory = TemporaryDirectory()
    let first = try directory.write("a.txt", "x\n")
    let second = try directory.write("b.txt", "x\n")
    var reader = CorpusReader(
      inputs: try resolve([first, second]), options: CorpusOptions())
    removeFile(second)
    var paths: [String] = []
    if let block = try reader.nextBlock() { paths.append(block.path) }
    #expect(paths == [first])
    #expect(
      message { () throws(TextError) in _ = try reader.nextBlock() }
        == "\(second): no such file; check the path")
  }

  @Test(
    "several files keep their order, their lines and their digests; an empty one has no document")
  func severalFiles() throws {
    let directory = TemporaryDirectory()
    let texts = ["가\n나", "", "{\"text\":\"다\"}\n"]
    let names = ["a.txt", "b.txt", "c.jsonl"]
    let paths = try zip(names, texts).map { try directory.write($0, $1) }
    let reading = try Reading([directory.path])
    #expect(reading.texts == ["가", "나", "다"])
    #expect(reading.lines == [1, 2, 1])
    #expect(reading.paths == [paths[0], paths[0], paths[2]])
    #expect(reading.blocks.map(\.fileIndex) == [0, 1, 2])
    #expect(reading.blocks.map(\.isLastOfFile) == [true, true, true])
    #expect(reading.digests.map(\.sha256) == texts.map { SHA256.hash($0.utf8.span) })
    #expect(reading.digests.map(\.byteCount) == texts.map(\.utf8.count))
    #expect(reading.totalStoredBytes == texts.reduce(0) { $0 + $1.utf8.count })
  }
}
