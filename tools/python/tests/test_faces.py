# SPDX-License-Identifier: Apache-2.0
"""The examples of the faces, in docstrings and in docs/python-faces.md, are true."""
import doctest
import importlib
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from conftest import REPOSITORY, VOCABULARY

import malmoi

SOURCE = pathlib.Path(malmoi.__file__).parent
PAGE = REPOSITORY / "docs" / "python-faces.md"


@pytest.mark.parametrize("name", sorted(
    f"{face}.{path.stem}" for face in ("hf", "tiktoken", "tokenizers") for path in (SOURCE / face).glob("*.py")))
def test_docstrings(name):
    if name == "hf._transformers":
        pytest.importorskip("transformers", reason="transformers is not installed")
    module = importlib.import_module("malmoi." + name.removesuffix(".__init__"))
    assert doctest.testmod(module).failed == 0


def test_page(tmp_path, monkeypatch):
    """The blocks of Python, one after the other, in a folder with the vocabulary that they name."""
    shutil.copytree(VOCABULARY, tmp_path / "tokenizer")
    monkeypatch.chdir(tmp_path)
    names = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    assert len(blocks) == 4
    for block in blocks:
        if "register()" in block:
            pytest.importorskip("transformers", reason="transformers is not installed: the rest of the page is untried")
        example = doctest.DocTestParser().get_doctest(block, names, "page", str(PAGE), 0)
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        runner.run(example, clear_globs=False)
        names = example.globs
        assert runner.failures == 0 and runner.tries > 0


def test_importing_malmoi_brings_no_face():
    faces = ("malmoi.hf", "malmoi.tiktoken", "malmoi.tokenizers")
    code = f"import sys, malmoi\nprint([name for name in sys.modules if name.startswith({faces})])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n"
