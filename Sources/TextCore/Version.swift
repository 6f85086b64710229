// SPDX-License-Identifier: Apache-2.0

/// The version of the command, the libraries and the Python package, in one place: tools/release and
/// tools/python read this line, and a test holds the newest heading of CHANGELOG.md against it.
package let toolVersion = "0.1.0"
