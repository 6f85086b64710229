// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CorpusFiles
import TextCore

/// Where recipes are found.
enum RecipeShelf {
  /// The directory of recipes: that of MALMOI_RECIPES, or `corpora/recipes` or `share/malmoi/recipes` in
  /// the directory of the program or in one above it.
  static func directory() throws(TextError) -> String {
    if let named = environmentVariable("MALMOI_RECIPES") { return named }
    var place = programPath()
    while let slash = place.lastIndex(of: "/") {
      place = String(place[..<slash])
      for name in ["corpora/recipes", "share/malmoi/recipes"] {
        let directory = "\(place)/\(name)"
        if kind(ofPath: directory) == .directory { return directory }
      }
    }
    throw TextError(
      .fileNotFound, "no recipes are beside this program",
      remedy: "set MALMOI_RECIPES to the directory corpora/recipes of the sources")
  }

  /// All recipes, by their names.
  static func all() throws(TextError) -> [Recipe] {
    let directory = try directory()
    var recipes: [Recipe] = []
    for name in try directoryEntries(directory) where name.hasSuffix(".json") {
      recipes.append(try Recipe(path: "\(directory)/\(name)"))
    }
    return recipes.sorted { $0.name < $1.name }
  }

  /// The recipe called `name`, or the one in the file `name`.
  static func recipe(_ name: String) throws(TextError) -> Recipe {
    if name.hasSuffix(".json") { return try Recipe(path: name) }
    let known = try all()
    if let found = known.first(where: { $0.name == name }) { return found }
    throw TextError(
      .invalidArgument, "no recipe is called \"\(name)\"",
      remedy: "\"malmoi corpora\" lists those there are")
  }
}

struct CorporaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpora",
    abstract: "List well-known Korean corpora, and how each is read.",
    discussion: """
      A recipe says where a corpus comes from, under which licence, and how it is laid out; --recipe NAME \
      reads files that way. Nothing is downloaded.
      """)

  @Argument(help: "Show this recipe in full.")
  var name: String?

  @Flag(help: "Print results as JSON.")
  var json = false

  func run() throws {
    let recipes =
      try name.map { name throws(TextError) in [try RecipeShelf.recipe(name)] }
      ?? RecipeShelf.all()
    if json {
      try Console.print(JSON.array(recipes.map(Self.json)))
    } else if name != nil {
      for recipe in recipes { try Console.print(Self.details(recipe)) }
    } else {
      var table = Table(.left, .left, .left, .left)
      for recipe in recipes {
        let format = recipe.options.first { $0.name == "input-format" }?.value ?? "auto"
        table.add(recipe.name, format, recipe.licence, recipe.title)
      }
      try Console.print(table.text)
    }
  }

  private static func json(_ recipe: Recipe) -> JSON {
    .object([
      ("name", .string(recipe.name)), ("title", .string(recipe.title)),
      ("location", .string(recipe.location)), ("licence", .string(recipe.licence)),
      ("access", .string(recipe.access)), ("layout", .string(recipe.layout)),
      (
        "options",
        .array(recipe.options.map { .array([.string($0.name), .string($0.value)]) })
      ),
    ])
  }

  private static func details(_ recipe: Recipe) -> String {
    let options = recipe.options.map { option in
      option.value == "true" ? "--\(option.name)" : "--\(option.name) '\(option.value)'"
    }
    return """
      \(recipe.name): \(recipe.title)
        from     \(recipe.location)
        licence  \(recipe.licence)
        access   \(recipe.access)
        layout   \(recipe.layout)
        options  \(options.joined(separator: " "))
      """
  }
}

/// The number of bytes that `text` spells: digits with or without kB, MB, GB, TB, KiB, MiB, GiB or TiB.
func byteCount(_ text: String) -> Int? {
  let units: [(String, Int)] = [
    ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("kB", 1000),
    ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
  ]
  let unit = units.first { text.hasSuffix($0.0) }
  guard let number = Int(text.dropLast(unit?.0.count ?? 0)), number >= 0 else { return nil }
  let (product, overflow) = number.multipliedReportingOverflow(by: unit?.1 ?? 1)
  return overflow ? nil : product
}
