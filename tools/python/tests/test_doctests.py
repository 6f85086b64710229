# SPDX-License-Identifier: Apache-2.0
"""The examples in docstrings and in the README are true."""
import doctest
import importlib
import pathlib
import re
import shutil

import pytest
from conftest import REPOSITORY, SAMPLE, VOCABULARY

import malmoi

SOURCE = pathlib.Path(malmoi.__file__).parent
README = REPOSITORY / "tools" / "python" / "README.md"


@pytest.mark.parametrize("name", sorted(path.stem for path in SOURCE.glob("*.py")))
def test_docstrings(name):
    module = malmoi if name == "__init__" else importlib.import_module(f"malmoi.{name}")
    assert doctest.testmod(module).failed == 0


def test_readme(tmp_path, monkeypatch):
    """The blocks of Python, one after the other, in a folder with the corpus that they name."""
    shutil.copytree(SAMPLE, tmp_path / "corpus")
    shutil.copytree(VOCABULARY, tmp_path / "tokenizer")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    assert len(blocks) >= 5
    names = {}
    for block in blocks:
        example = doctest.DocTestParser().get_doctest(block, names, "README", str(README), 0)
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        runner.run(example, clear_globs=False)
        names = example.globs
        assert runner.failures == 0 and runner.tries > 0
