# SPDX-License-Identifier: Apache-2.0
"""Parquet at the command's door: handed to the Python package where that is, refused else."""
import os
import subprocess
import sys

import pyarrow
import pyarrow.parquet as parquet
import pytest

from command import BINARY, ROOT, complaint, malmoi, read_token_files, write_jsonl

PACKAGE = ROOT / "tools" / "python" / "src"
TABLE = b"PAR1" + bytes(40) + b"PAR1"
HINT = 'which the Python package reads; pip install malmoi, and encode it by malmoi.encode_parquet or "malmoi encode"\n'


def encoded(*arguments, code=0, python=sys.executable, package=PACKAGE):
    """Runs `malmoi encode` with this Python, which has the package of the sources."""
    done = subprocess.run(
        [str(BINARY), "encode", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "MALMOI_PYTHON": str(python), "PYTHONPATH": str(package),
             "MALMOI_LIBRARY": str(BINARY.parent / "libMalmoiC.so")})
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def table(sample_documents, tmp_path):
    path = tmp_path / "t.parquet"
    parquet.write_table(pyarrow.table({"text": sample_documents, "n": list(range(len(sample_documents)))}), path)
    return path


@pytest.mark.parametrize("options", [(), ("--append-eod", "--threads", 2)])
def test_a_table_gives_the_ids_of_its_texts(options, table, tokenizer, sample_documents, tmp_path):
    done = encoded(table, "--tokenizer", tokenizer, "--output", tmp_path / "ids", *options)
    assert f"documents {len(sample_documents):10,}" in done.stdout
    source = write_jsonl(tmp_path / "c.jsonl", sample_documents)
    malmoi("encode", source, "--tokenizer", tokenizer, "--output", tmp_path / "other", *options)
    assert read_token_files(tmp_path / "ids") == read_token_files(tmp_path / "other")


def test_what_tables_have_no_use_for_is_refused(table, tokenizer, tmp_path):
    def told(*options, code=64):
        return encoded(table, "--tokenizer", tokenizer, *options, code=code).stderr

    assert "Say where the token files go" in told()
    assert 'no column "nothing"' in told("--output", tmp_path / "a", "--field", "nothing")
    assert "megatron" in told("--output", tmp_path / "a", "--format", "parquet")
    assert "unrecognized arguments: --pack concat" in told("--output", tmp_path / "a", "--pack", "concat",
                                                           "--sequence-length", 10)
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"PAR1")
    told = encoded(bad, "--tokenizer", tokenizer, "--output", tmp_path / "a", code=1).stderr
    assert told.startswith(f"malmoi: {bad}: ") and told.count("\n") == 1
    gone = tmp_path / "gone.parquet"
    assert f"{gone}: no such file" in encoded(gone, "--tokenizer", tokenizer, "--output", tmp_path / "a", code=74).stderr


def test_without_the_package_it_says_so(tokenizer, tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(TABLE)
    told = encoded(path, "--tokenizer", tokenizer, "--output", tmp_path / "a", code=1, package=tmp_path).stderr
    assert told == (
        f"malmoi: {path}: Parquet is read by the Python package malmoi, which {sys.executable} does not have; "
        'pip install "malmoi[arrow]", or name a Python that has it in MALMOI_PYTHON\n')
    told = encoded(path, "--tokenizer", tokenizer, "--output", tmp_path / "a", code=1, python="/nonexistent").stderr
    assert "which /nonexistent does not have" in told
    other = write_jsonl(tmp_path / "c.jsonl", ["a"])
    told = encoded(path, other, "--tokenizer", tokenizer, "--output", tmp_path / "a", code=64).stderr
    assert told.startswith(f"malmoi: {path}: Parquet beside other inputs; ")


@pytest.mark.parametrize("name", ["t.parquet", "t.bin", "t"])
@pytest.mark.parametrize("magic", [b"PAR1", b"ARROW1"])
def test_other_commands_never_take_a_table_for_text(name, magic, tmp_path):
    path = tmp_path / name
    path.write_bytes(magic + TABLE)
    kind = "Parquet" if magic == b"PAR1" else "Arrow"
    for command in (("cat",), ("count", "--output", tmp_path / "c"), ("inspect", "corpus")):
        assert complaint(*command, path, code=1) == f"malmoi: {path}: is a table of {kind}, {HINT}"
