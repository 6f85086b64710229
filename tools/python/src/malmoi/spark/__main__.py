# SPDX-License-Identifier: Apache-2.0
"""`python -m malmoi.spark`, and the file that spark-submit is given."""
import sys

from malmoi.spark._main import main

if __name__ == "__main__":
    sys.exit(main())
