# SPDX-License-Identifier: Apache-2.0
"""Several libraries with Swift and ICU in one process: none disturbs another."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from conftest import BUILT, VOCABULARY

PROGRAM = r'''
import ctypes, os, sys
import malmoi
from malmoi import _structs

copy, neighbour, tokenizer = sys.argv[1:]
import pyarrow.compute as pc                      # brings its own C++ libraries
icu = None
for version in range(60, 90):                     # the system's ICU, with all of its data
    try:
        icu = ctypes.CDLL(f"libicuuc.so.{version}")
        break
    except OSError:
        pass


def encoder(path):
    """What encodes by the library at `path`, without the package."""
    library = ctypes.CDLL(path)
    made = ctypes.c_void_p()
    assert library.malmoi_tokenizer_load(tokenizer.encode(), None, ctypes.byref(made)) == 0
    encoder = ctypes.c_void_p()
    assert library.malmoi_encoder_create(made, None, ctypes.byref(encoder)) == 0
    library.malmoi_ids_free.argtypes = [ctypes.c_void_p]
    library.malmoi_ids_free.restype = None

    def encode(text):
        offsets = (ctypes.c_int64 * 2)(0, len(text))
        texts = _structs.Texts(text, ctypes.addressof(offsets), 64, 1)
        ids = ctypes.c_void_p()
        assert library.malmoi_encode(encoder, ctypes.byref(texts), ctypes.byref(ids)) == 0
        view = _structs.IdsView()
        library.malmoi_ids_get(ids, ctypes.byref(view))
        width = view.id_bits // 8
        count = ctypes.c_int64.from_address(view.offsets + 8).value
        found = memoryview(ctypes.string_at(view.ids, count * width)).cast("H" if width == 2 else "I").tolist()
        library.malmoi_ids_free(ids)
        return found

    return encode


own = malmoi.Tokenizer.from_file(tokenizer)
own.encode("")
# Behind the package's, whose companions they find by their names.
others = [encoder(path) for path in (copy, neighbour) if path]
nfc, nfkc = malmoi.Normalizer("nfc"), malmoi.Normalizer("nfkc")
for number in range(300):
    text = f"학교에서는 아이들이 {number}번 뛰어놀았다. 값이 싸다 " * (number % 7 + 1)
    expected = own.encode(text)
    for encode in others:
        assert encode(text.encode()) == expected, number
    assert nfc.normalize("\u1112\u1161\u11ab") == "한" and nfkc.normalize("㈜") == "(주)"
    assert pc.utf8_normalize(["\u1112\u1161\u11ab"], form="NFC").to_pylist() == ["한"]
print("libraries", 1 + len(others), "icu", icu is not None)
'''


def test_libraries_with_swift_and_icu_live_together(tmp_path):
    """The package's library, a copy of it, and, where there is one, a build that shares the Swift runtime."""
    pytest.importorskip("pyarrow")
    ours = pathlib.Path(os.environ["MALMOI_LIBRARY"]).resolve()
    copy = shutil.copy(ours, tmp_path / "libother.so")
    neighbour = pathlib.Path(os.environ.get("MALMOI_NEIGHBOUR", BUILT / "libMalmoiC.so"))
    others = [copy] + [neighbour] * (neighbour.exists() and neighbour.resolve() != ours)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(copy), str(neighbour) if len(others) > 1 else "", str(VOCABULARY)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"libraries {1 + len(others)} ")
