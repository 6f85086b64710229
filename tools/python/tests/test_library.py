# SPDX-License-Identifier: Apache-2.0
"""The functions and structs declared here are those of malmoi.h; loading costs little."""
import ctypes
import os
import re
import subprocess
import sys

import pytest
from conftest import REPOSITORY

from malmoi import _library, _structs

HEADER = (REPOSITORY / "Sources" / "CMalmoi" / "include" / "malmoi.h").read_text()
CODE = re.sub(r"//[^\n]*", "", HEADER)
STRUCTS = {
    "texts": _structs.Texts, "id_lists": _structs.IdLists, "ids_view": _structs.IdsView,
    "bytes_view": _structs.BytesView, "tokenizer_view": _structs.TokenizerView,
    "added_token": _structs.AddedTokenView, "encoder_options": _structs.EncoderOptions,
    "trace_view": _structs.TraceView, "counter_options": _structs.CounterOptions,
    "training_options": _structs.TrainingOptions, "token_writer_options": _structs.TokenWriterOptions,
    "token_reader_view": _structs.TokenReaderView, "corpus_options": _structs.CorpusOptions,
    "documents_view": _structs.DocumentsView, "corpus_view": _structs.CorpusView,
}
WIDTHS = {"int32_t": 4, "uint32_t": 4, "int64_t": 8, "size_t": 8, "malmoi_progress": 8}


def test_every_function_is_declared():
    functions = dict(re.findall(r"\bmalmoi_(\w+)\(((?:[^()]|\n)*)\);", re.sub(r"MALMOI_OUT\((\w+)\)", r"\1 **", CODE)))
    declared = {**_library._WORKING, **_library._LOOKING, **_library._REMOVING}
    assert set(functions) == {*declared, "version", "version_number", "last_error"}
    for name, arguments in declared.items():
        assert len(arguments) == len(functions[name].split(",")), name


def test_functions_with_a_status_are_checked():
    with_status = set(re.findall(r"malmoi_status malmoi_(\w+)\(", CODE))
    assert with_status == set(_library._WORKING)


@pytest.mark.parametrize("name", STRUCTS)
def test_structs(name):
    body = re.search(r"typedef struct malmoi_%s \{(.*?)\} malmoi_%s;" % (name, name), CODE, re.S)[1]
    fields = [line.strip().rstrip(";") for line in body.splitlines() if line.strip()]
    kind = STRUCTS[name]
    assert [field.split()[-1].lstrip("*") for field in fields] == [field[0] for field in kind._fields_]
    for field, (_, declared) in zip(fields, kind._fields_):
        width = 8 if "*" in field else WIDTHS[field.split()[0]]
        assert ctypes.sizeof(declared) == width, field


def test_statuses_are_known():
    from malmoi._errors import MalmoiError, error_of

    numbers = [int(number) for number in re.findall(r"MALMOI_[A-Z0-9_]+ = (\d+)", CODE)]
    assert len(numbers) > 20
    for number in numbers:
        error = error_of(number, "what")
        assert error.status == number and (type(error) is MalmoiError) == (number == 0)
    assert error_of(99, "new").status == 99


def fresh(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment})


def test_import_brings_nothing_else():
    done = fresh("import sys, malmoi; print(*sorted(sys.modules))")
    assert done.returncode == 0, done.stderr
    assert not {"numpy", "pyarrow", "tqdm", "ctypes"} & set(done.stdout.split())


def test_import_is_quick():
    # The time of the processor: the machine may have other work.
    code = "import time; t = time.process_time(); import malmoi; malmoi.Tokenizer; print(time.process_time() - t)"
    assert min(float(fresh(code).stdout) for _ in range(5)) < 0.05


def test_single_texts_need_no_numpy():
    code = ("import sys, malmoi; t = malmoi.Tokenizer.from_file(sys.argv[1] if len(sys.argv) > 1 else "
            f"{str(REPOSITORY / 'vocab' / 'kogpt-style-64512')!r}); "
            "assert t.decode(t.encode('값')) == '값'; print('numpy' in sys.modules)")
    assert fresh(code).stdout == "False\n"


def test_missing_library():
    done = fresh("import malmoi; malmoi.Normalizer('nfc')", MALMOI_LIBRARY="/nowhere/libmalmoi.so")
    assert "ImportError: the library of malmoi cannot be loaded" in done.stderr and "MALMOI_LIBRARY" in done.stderr


def test_another_library():
    done = fresh("import malmoi; malmoi.Normalizer('nfc')", MALMOI_LIBRARY="libc.so.6")
    assert "ImportError: the library of malmoi cannot be loaded" in done.stderr
