// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
//
// A package of its own that uses Malmoi: what a user's Package.swift has in it.

import PackageDescription

let package = Package(
  name: "example",
  dependencies: [
    // Yours says where Malmoi comes from: .package(url: …, from: "0.1.0")
    .package(name: "malmoi", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "Example", dependencies: [.product(name: "Malmoi", package: "malmoi")])
  ]
)
