// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
//
// Raw Korean corpora in, tokenizers and token shards out. The targets stand in the order in which
// data meets them; a target imports only what stands above it (tools/check-layers holds that).

import PackageDescription

/// Every Swift target: language mode 6, strict memory safety, warnings are errors.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableExperimentalFeature("Lifetimes"),
]

func stage(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(of name: String, _ dependencies: [Target.Dependency], fixtures: Bool = false) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies + ["TestSupport"],
    resources: fixtures ? [.copy("Fixtures")] : [], swiftSettings: strict)
}

let package = Package(
  name: "malmoi",
  products: [
    .library(name: "Malmoi", targets: ["Malmoi"]),
    .library(name: "MalmoiC", type: .dynamic, targets: ["MalmoiC"]),
    .executable(name: "malmoi", targets: ["MalmoiCommand"]),
    .executable(name: "malmoi-encode-benchmark", targets: ["EncodeBenchmark"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    // MARK: Libraries of the system, behind thin shims
    .target(
      name: "CICU",
      linkerSettings: [.linkedLibrary("icuuc"), .linkedLibrary("icudata")]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(
      name: "CArchive",
      linkerSettings: ["archive", "isal", "bz2", "lzma", "lz4"].map { .linkedLibrary($0) }),
    .systemLibrary(
      name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .target(name: "CXML", dependencies: ["CLibXML2"]),
    .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CKernels"),
    .systemLibrary(name: "CISAL", providers: [.apt(["libisal-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),

    // MARK: What the stages share
    stage("TextCore", ["CSimdJSON", "CCrypto", "CKernels", "CXXHash"]),
    stage("Parallelism", ["TextCore"]),

    // MARK: Files on disk → documents → normal text
    stage("CorpusFiles", ["TextCore", "CZstd", "CArchive", "CICU", "CXML"]),
    stage("Normalization", ["TextCore", "CICU", "CKernels"]),

    // MARK: Eojeols → morphemes
    stage("Morphology", ["TextCore", "CKernels"]),

    // MARK: Text → pretokens → ids
    stage("PreTokenization", ["TextCore", "CKernels"]),
    stage("TokenModels", ["TextCore", "Morphology", "CKernels"]),
    stage(
      "VocabularyFiles",
      ["TextCore", "Normalization", "Morphology", "PreTokenization", "TokenModels"]),
    stage(
      "Tokenization",
      [
        "TextCore", "Normalization", "Morphology", "PreTokenization", "TokenModels",
        "VocabularyFiles",
      ]),

    // MARK: Pretoken counts → merges, and counts on disk
    stage("Training", ["TextCore", "CKernels", "PreTokenization", "TokenModels"]),

    stage("CountFiles", ["TextCore", "CZstd", "Normalization", "Training"]),

    // MARK: Ids → token files, and a look at every stage
    stage("TokenFiles", ["TextCore", "CISAL", "CZlib"]),
    stage(
      "Statistics",
      [
        "TextCore", "CKernels", "Normalization", "PreTokenization", "TokenModels",
        "VocabularyFiles", "Tokenization", "TokenFiles",
      ]),

    // MARK: Whole jobs, and their faces: library, C, pages, command
    stage(
      "Pipeline",
      [
        "TextCore", "Parallelism", "CorpusFiles", "Normalization", "Morphology", "PreTokenization",
        "TokenModels", "VocabularyFiles", "Tokenization", "Training", "CountFiles", "TokenFiles",
        "Statistics",
      ]),
    stage("Malmoi", ["TextCore", "Tokenization"]),
    .target(name: "CMalmoi"),
    stage(
      "MalmoiC",
      [
        "CMalmoi", "TextCore", "CorpusFiles", "Normalization", "PreTokenization", "TokenModels",
        "VocabularyFiles", "Tokenization", "Training", "TokenFiles", "Pipeline",
      ]),
    .target(
      name: "Report",
      dependencies: [
        "TextCore", "Normalization", "Morphology", "PreTokenization", "VocabularyFiles",
        "Tokenization", "Statistics",
        .product(name: "Mustache", package: "swift-mustache"),
        .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
      ],
      resources: [.embedInCode("Page"), .embedInCode("Playground/Page")],
      swiftSettings: strict),
    .executableTarget(
      name: "MalmoiCommand",
      dependencies: [
        "TextCore", "CorpusFiles", "Normalization", "Morphology", "PreTokenization", "Tokenization",
        "TokenFiles", "Statistics", "Pipeline", "Training", "CountFiles", "TokenModels",
        "VocabularyFiles", "Report",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // MARK: What tools/bench times inside a process
    .executableTarget(
      name: "EncodeBenchmark",
      dependencies: [
        "TextCore", "Parallelism", "CICU", "CorpusFiles", "Normalization", "Tokenization",
        "TokenFiles",
        "Pipeline",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // MARK: Tests, one target a module
    .target(
      name: "TestSupport", dependencies: ["TextCore"], path: "Tests/TestSupport",
      swiftSettings: strict),
    tests(of: "TextCore", ["TextCore"]),
    tests(of: "Parallelism", ["TextCore", "Parallelism"]),
    tests(of: "Normalization", ["TextCore", "Normalization", "CICU", "CKernels"]),
    tests(of: "Morphology", ["TextCore", "Morphology"]),
    tests(of: "PreTokenization", ["TextCore", "PreTokenization", "CKernels"]),
    tests(of: "TokenModels", ["TextCore", "TokenModels", "CKernels"]),
    tests(
      of: "VocabularyFiles",
      ["TextCore", "Normalization", "PreTokenization", "TokenModels", "VocabularyFiles"]),
    tests(
      of: "Tokenization",
      [
        "TextCore", "Normalization", "PreTokenization", "TokenModels", "VocabularyFiles",
        "Tokenization", "Training",
      ]),
    tests(of: "Training", ["TextCore", "TokenModels", "Training"]),
    tests(of: "CountFiles", ["TextCore", "Training", "CountFiles"]),
    tests(
      of: "Statistics",
      [
        "TextCore", "CKernels", "Normalization", "PreTokenization", "TokenModels",
        "VocabularyFiles", "Tokenization", "Statistics",
      ]),
    tests(of: "TokenFiles", ["TextCore", "TokenFiles"], fixtures: true),
    tests(of: "Report", ["TextCore", "Report"]),
    tests(of: "CorpusFiles", ["TextCore", "CorpusFiles", "CZstd"]),
    tests(
      of: "Pipeline",
      [
        "TextCore", "CorpusFiles", "Normalization", "PreTokenization", "TokenModels",
        "VocabularyFiles", "Tokenization", "Training", "CountFiles", "TokenFiles", "Statistics",
        "Pipeline",
      ]),
  ],
  cxxLanguageStandard: .cxx17
)

// MARK: What tools/fuzz runs; needs the flags that it gives

if Context.environment["MALMOI_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "Fuzzing", dependencies: ["TextCore", "CorpusFiles", "Normalization"],
      path: "Tests/Fuzzing", exclude: ["seeds.py"], swiftSettings: strict))
}
