# SPDX-License-Identifier: Apache-2.0
"""Threads, processes, lifetimes and memory."""
import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
from conftest import VOCABULARY

import malmoi
from malmoi import _library


# ---- Threads


def test_threads_share_a_tokenizer(tokenizer, documents, expected):
    def work(start):
        found = [tokenizer.encode(text) for text in documents[start:start + 500]]
        batch = tokenizer.encode_batch(documents[start:start + 500], threads=1 + start % 3)
        return found, batch.to_list()

    starts = range(0, 16_000, 500)
    with ThreadPoolExecutor(8) as pool:
        for start, (found, batch) in zip(starts, pool.map(work, starts)):
            assert found == batch == expected[start:start + 500]


def test_errors_belong_to_their_threads(tokenizer):
    def work(number):
        for _ in range(200):
            with pytest.raises(malmoi.NotFoundError, match=f"nowhere-{number}"):
                malmoi.Tokenizer.from_file(f"nowhere-{number}")
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_encoding_lets_other_threads_run(tokenizer, documents):
    texts = pa.array(documents * 20, pa.large_string())
    ticks = 0
    done = threading.Event()

    def tick():
        nonlocal ticks
        while not done.wait(0.001):
            ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    tokenizer.encode_batch(texts, threads=1)
    done.set()
    thread.join()
    assert ticks > 10


# ---- Processes


def _ids(tokenizer, texts):
    return tokenizer.encode_batch(texts).to_list(), [tokenizer.encode(text) for text in texts]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_other_processes(method, tokenizer, documents, expected):
    tokenizer.encode("값")
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        for found in pool.map(_ids, [tokenizer] * 4, [documents[:300]] * 4):
            assert found == (expected[:300], expected[:300])


def test_fork_while_other_threads_encode(tokenizer, documents, expected):
    done = threading.Event()

    def work():
        while not done.is_set():
            tokenizer.encode_batch(documents[:2000], threads=2)
            tokenizer.encode(documents[0])

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            child = os.fork()
            if child == 0:
                right = (tokenizer.encode(documents[1]) == expected[1]
                         and tokenizer.encode_batch(documents[:200], threads=2).to_list() == expected[:200])
                gc.collect()
                os._exit(0 if right else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_a_forked_child_leaves_the_files_of_its_parent(tmp_path, tokenizer):
    writer = malmoi.TokenWriter(tmp_path / "set", tokenizer=tokenizer)
    writer.append([[1, 2, 3]])
    child = os.fork()
    if child == 0:
        writer.abort()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    writer.append([[4]])
    writer.finish()
    assert [ids.tolist() for ids in malmoi.TokenDataset(tmp_path / "set")] == [[1, 2, 3], [4]]


def test_end_of_the_process(tmp_path):
    """Views, threads and unfinished work at the end of Python end nothing in a crash; files do not stay."""
    code = """
import sys, threading, malmoi
t = malmoi.Tokenizer.from_file(sys.argv[1])
batch = t.encode_batch(["값이 싸다"] * 1000)
view, arrow, iterator = batch[3], batch.to_arrow(), t.encode_iter(["a"] * 10)
next(iterator)
writer = malmoi.TokenWriter(sys.argv[2] + "/set", tokenizer=t)
writer.append(batch)
reader = malmoi.read(sys.argv[3]); next(reader)
def work():
    while True: t.encode_batch(["값이 싸다"] * 10000, threads=2)
threading.Thread(target=work, daemon=True).start()
import atexit
atexit.register(lambda: print(len(t.encode_batch(["값이 싸다" * 100000] * 3).ids)))
sys.kept = [view, arrow, t, writer, reader]
"""
    from conftest import SAMPLE

    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", code, str(VOCABULARY), str(tmp_path), str(SAMPLE)],
                              capture_output=True, text=True)
        assert (done.returncode, done.stderr, done.stdout != "") == (0, "", True)
        assert list(tmp_path.iterdir()) == []


# ---- Lifetimes


@pytest.fixture
def freed(monkeypatch):
    """How often memory of ids was given back."""
    found = _library.library()
    given_back = []
    free = found.large_ids_free

    def counted(handle):
        given_back.append(handle)
        free(handle)

    monkeypatch.setattr(found, "large_ids_free", counted)
    return given_back


def _shown(view):
    """What a view holds, as Python's objects."""
    for name in ("as_py", "to_pylist", "to_list"):
        if hasattr(view, name):
            return getattr(view, name)()
    return np.asarray(view).tolist()


@pytest.mark.parametrize("keep", [
    lambda batch: batch[2], lambda batch: batch.ids, lambda batch: batch.offsets, lambda batch: batch.ids[3:9][::2],
    lambda batch: batch[1:3], lambda batch: batch.to_arrow(), lambda batch: batch.to_arrow()[1],
    lambda batch: batch.to_arrow().flatten().slice(2, 3), lambda batch: next(iter(batch)),
    lambda batch: memoryview(batch.ids), lambda batch: batch.to_arrow().values.to_numpy(),
], ids=lambda keep: None)
def test_views_outlive_their_batch(keep, tokenizer, freed):
    batch = tokenizer.encode_batch(["값이 싸다"] * 5)
    view = keep(batch)
    before = _shown(view)
    del batch
    gc.collect()
    assert not freed
    # What else is made meanwhile would be in the same place.
    others = [tokenizer.encode_batch(["다른 글"] * 5) for _ in range(50)]
    assert _shown(view) == before
    del others
    gc.collect()
    assert len(freed) == 50
    del view
    gc.collect()
    assert len(freed) == 51


def test_a_batch_outlives_its_tokenizer(documents, expected):
    made = malmoi.Tokenizer.from_file(VOCABULARY)
    gone = weakref.ref(made)
    batch = made.encode_batch(documents[:100])
    del made
    gc.collect()
    assert gone() is None and batch.to_list() == expected[:100]


def test_texts_may_go_before_their_ids(tokenizer):
    texts = pa.array(["값이 싸다"] * 100)
    batch = tokenizer.encode_batch(texts)
    del texts
    gc.collect()
    assert batch[99].tolist() == tokenizer.encode("값이 싸다")


def test_memory_of_batches_is_the_librarys(tokenizer, documents):
    batch = tokenizer.encode_batch(pa.array(documents))
    assert not batch.ids.flags.owndata and not batch.ids.flags.writeable
    assert batch[5].base is not None and np.shares_memory(batch[5], batch.ids)
    lists = batch.to_arrow()
    assert lists.values.buffers()[1].address == batch.ids.__array_interface__["data"][0]
    assert lists.buffers()[1].address == batch.offsets.__array_interface__["data"][0]
    lists.validate(full=True)
    if hasattr(pa, "string_view"):
        # Arrow's interface, which older versions of pyarrow do not look for.
        assert pa.array(batch).values.buffers()[1].address == lists.values.buffers()[1].address


def test_batches(tokenizer, documents, expected):
    batch = tokenizer.encode_batch(documents[:50])
    assert [ids.tolist() for ids in batch] == expected[:50] == [batch[place].tolist() for place in range(50)]
    assert batch[-1].tolist() == expected[49] and len(batch) == 50 and batch.lengths.tolist() == [
        len(ids) for ids in expected[:50]]
    for some in (slice(3, 9), slice(9, 3), slice(None, None, 7), slice(None, None, -1), slice(60, 70), slice(50, 50)):
        assert batch[some].to_list() == expected[:50][some]
        assert batch[some].offsets[0] == 0
    assert batch == tokenizer.encode_batch(documents[:50], id_bits=32) and batch != batch[1:] and batch != 7
    assert pickle.loads(pickle.dumps(batch)) == batch and "50 texts" in repr(batch)
    for place in (50, -51):
        with pytest.raises(IndexError):
            batch[place]
    with pytest.raises(TypeError):
        batch["a"]
    with pytest.raises(TypeError):
        hash(batch)


# ---- Memory


GROWN = """
import ctypes, gc, os, sys, malmoi
def resident():
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
path, times = sys.argv[1], int(sys.argv[2])
tokenizer = malmoi.Tokenizer.from_file(path)
def after(times):
    for _ in range(times): CALL
    return resident()
sizes = [after(times // 3 + 1) for _ in range(6)]
print(min(sizes[3:]) - min(sizes[:3]))
"""

CALLS = {
    "encode": (200_000, "tokenizer.encode('값이 싸다')"),
    "decode": (100_000, "tokenizer.decode([400, 500, 600])"),
    "options": (50_000, "tokenizer.encode('값이 싸다', parse_special_tokens=True)"),
    "batch": (50_000, "tokenizer.encode_batch(['값이 싸다', 'a'])[1]"),
    "arrow": (20_000, "tokenizer.encode_batch(['값이 싸다', 'a']).to_arrow()"),
    "offsets": (20_000, "tokenizer.encode_with_offsets('값이 싸다')"),
    "count": (50_000, "tokenizer.count_tokens(['값이 싸다'])"),
    "failure": (50_000, "tokenizer.token_to_id('없는 토큰')"),
    "normalizer": (2_000, "malmoi.Normalizer('korean').normalize('값이')"),
    "vocabulary": (30, "malmoi._vocabulary.token_bytes(tokenizer._handle)"),
    "large batches": (60, "tokenizer.encode_batch(['값이 싸다 ' * 20_000] * 2)"),
    "loading": (20, "malmoi.Tokenizer.from_file(path).encode('값')"),
}


def grown_by(call, times):
    """How much larger a fresh process is after `times` calls more.

    The allocator holds 30 MB more or less from one load to the next, so the least of three sizes before is held
    against the least of three behind.
    """
    done = subprocess.run(
        [sys.executable, "-c", GROWN.replace("CALL", call), str(VOCABULARY), str(times)],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize("name", CALLS)
def test_calls_leave_nothing(name):
    times, call = CALLS[name]
    assert grown_by(call, times) < 12 << 20


def test_streams_take_bounded_memory(tmp_path):
    """Encoding 400 MB from an iterator, and counting as much, takes the memory of some slices."""
    code = """
import resource, sys, malmoi
def texts():
    for number in range(4000): yield ("값이 싸다 %d " % number) * 5000
t = malmoi.Tokenizer.from_file(sys.argv[1])
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
next(t.encode_iter(["값이 싸다 " * 200000] * 20))
before = peak()
size = sum(len(batch.ids) for batch in t.encode_iter(texts()))
counts = int(t.count_tokens(texts()).sum())
print(size == counts, peak() - before)
"""
    done = subprocess.run([sys.executable, "-c", code, str(VOCABULARY)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    same, grown = done.stdout.split()
    assert same == "True" and int(grown) < 150


@pytest.mark.slow
def test_ten_million_calls_leave_nothing():
    assert grown_by("tokenizer.encode('값이 싸다')", 10_000_000) < 12 << 20
