// SPDX-License-Identifier: Apache-2.0

import CountFiles
import TestSupport
import Testing
import TextCore
