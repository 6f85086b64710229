// SPDX-License-Identifier: Apache-2.0

/// A file of the page, which is part of the program.
package enum PageFile: String, CaseIterable, Sendable {
  case page = "/"
  case style = "/playground.css"
  case program = "/playground.js"
  case cards = "/cards.js"
  case labels = "/labels.js"
  case tokens = "/tokens.js"
  case icon = "/icon.svg"

  /// The file at the path of a request.
  init?(path: String) { self.init(rawValue: path) }

  package var bytes: [UInt8] {
    switch self {
    case .page: PackageResources.playground_html
    case .style: PackageResources.playground_css
    case .program: PackageResources.playground_js
    case .cards: PackageResources.cards_js
    case .labels: PackageResources.labels_js
    case .tokens: PackageResources.tokens_js
    case .icon: PackageResources.icon_svg
    }
  }

  package var contentType: String {
    switch self {
    case .page: "text/html; charset=utf-8"
    case .style: "text/css; charset=utf-8"
    case .program, .cards, .labels, .tokens: "text/javascript; charset=utf-8"
    case .icon: "image/svg+xml"
    }
  }
}
