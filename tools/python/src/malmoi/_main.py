# SPDX-License-Identifier: Apache-2.0
"""The command `malmoi` of an installed package: hands over to the program that lies in it."""
from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Becomes the program, with the arguments that this process was given."""
    program = Path(__file__).resolve().parent / "bin" / "malmoi"
    try:
        os.execv(program, ["malmoi", *sys.argv[1:]])
    except OSError as error:
        sys.exit(f"malmoi: {program}: {error.strerror}; install a wheel made for this machine")


if __name__ == "__main__":
    main()
