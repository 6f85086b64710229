# SPDX-License-Identifier: Apache-2.0
"""tools/example: a Swift package of its own that uses the library."""
import subprocess

import pytest
from command import ROOT, malmoi

VOCABULARY = ROOT / "vocab" / "kogpt-style-64512"
TEXT = "값이 싸다"


def example(*arguments):
    return subprocess.run(
        ["swift", "run", "--quiet", "-c", "release", "--package-path", str(ROOT / "tools/example"), "Example",
         *map(str, arguments)], capture_output=True, text=True)


@pytest.mark.slow
def test_encodes_and_decodes_as_the_command_does():
    done = example(VOCABULARY, TEXT)
    assert done.returncode == 0, done.stderr[-3000:]
    first, *rows, last = done.stdout.splitlines()
    assert (first, last) == ("64512 ids", TEXT)
    told = malmoi("inspect", "tokenizer", VOCABULARY, "--text", TEXT).stdout.decode()
    for row in rows:
        number, token = row.split("\t")
        assert number in told and token.strip() in told
    assert "".join(row.split("\t")[1] for row in rows) == TEXT


@pytest.mark.slow
def test_prints_one_line_about_what_is_wrong():
    done = example("/nowhere", TEXT)
    assert done.stdout.count("\n") == 1 and "/nowhere" in done.stdout
