# SPDX-License-Identifier: Apache-2.0
"""Token files that the package writes and reads, against plain NumPy."""
import gzip
import json
import multiprocessing
import os
import pickle
import struct
import subprocess
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pyarrow as pa
import pytest

import malmoi

FLAT = ["megatron", "gpt-neox", "deepspeed", "npy", "nanogpt", "llm.c", "datatrove", "olmo"]
LISTS = [[1, 2, 3], [], [4], [5] * 1000, [], [60_000, 0, 7]]


def write(path, lists=LISTS, format="megatron", **options):
    with malmoi.TokenWriter(path, format, **options) as writer:
        writer.append(lists[:2])
        writer.append(lists[2:])
    return path


def lists_of(dataset):
    return [ids.tolist() for ids in dataset]


def megatron(stem, sequences, documents, kind=np.uint16, code=8):
    """Files of Megatron's, written here by their published layout."""
    np.concatenate([np.array(one, kind) for one in sequences] or [np.empty(0, kind)]).tofile(f"{stem}.bin")
    lengths = np.array([len(one) for one in sequences], np.int32)
    starts = np.cumsum([0, *lengths[:-1]])[:len(lengths)].astype(np.int64) * np.dtype(kind).itemsize
    with open(f"{stem}.idx", "wb") as file:
        file.write(b"MMIDIDX\0\0" + struct.pack("<QBQQ", 1, code, len(sequences), len(documents)))
        for values in (lengths, starts, np.array(documents, np.int64)):
            file.write(values.tobytes())


# ---- Writing and reading


@pytest.mark.parametrize("format", FLAT)
@pytest.mark.parametrize("shard_tokens", [None, 600])
def test_flat_formats(format, shard_tokens, tmp_path, tokenizer):
    if shard_tokens and format == "datatrove":
        lists = [ids for ids in LISTS if ids]
    else:
        lists = LISTS
    lists = [ids[:500] for ids in lists] if shard_tokens else lists
    path = write(tmp_path / "set", lists, format, tokenizer=tokenizer, shard_tokens=shard_tokens)
    dataset = malmoi.TokenDataset(path)
    assert dataset.format == format and lists_of(dataset) == lists
    assert len(dataset) == dataset.documents == len(lists) and dataset.tokens == sum(map(len, lists))
    assert dataset.dtype == np.uint16 and dataset[0].dtype == np.uint16
    assert dataset.lengths().tolist() == [len(ids) for ids in lists] and dataset.lengths().dtype == np.int64
    assert lists_of(malmoi.TokenDataset(f"{path}.manifest.json")) == lists
    assert malmoi.TokenDataset(path, dtype=np.int64)[0].dtype == np.int64
    info = malmoi.token_files_info(path)
    assert (info["format"], info["documents"], info["tokens"]) == (format, len(lists), sum(map(len, lists)))
    assert [ids for batch in malmoi.read_tokens(path, batch_tokens=2) for ids in batch.to_list()] == lists


@pytest.mark.parametrize("format", ["mds", "litdata", "tfrecord"])
def test_formats_that_cannot_be_mapped(format, tmp_path, tokenizer):
    lists = [ids for ids in LISTS if ids]
    path = write(tmp_path / "set", lists, format, tokenizer=tokenizer)
    assert [ids for batch in malmoi.read_tokens(path) for ids in batch.to_list()] == lists
    with pytest.raises(malmoi.InvalidArgumentError, match="read_tokens"):
        malmoi.TokenDataset(path)
    with pytest.raises(malmoi.InvalidArgumentError, match="read_tokens"):
        malmoi.TokenDataset(path, format)


def test_wide_ids(tmp_path):
    path = write(tmp_path / "set", [[70_000, 1], [2]], maximum_id=70_000)
    assert lists_of(malmoi.TokenDataset(path)) == [[70_000, 1], [2]]
    assert malmoi.TokenDataset(path).dtype == np.int32
    with pytest.raises(malmoi.BadDataError) as found:
        write(tmp_path / "other", [[70_000]])
    assert found.value.status == 40 and not list(tmp_path.glob("other*"))


@pytest.mark.parametrize("kind", ["lists", "batch", "arrow", "rows"])
def test_what_is_appended(kind, kind_of_lists, tmp_path, tokenizer):
    given, lists = kind_of_lists[kind]
    with malmoi.TokenWriter(tmp_path / "set", tokenizer=tokenizer) as writer:
        writer.append(given)
        writer.append(given)
        assert (writer.documents, writer.tokens) == (2 * len(lists), 2 * sum(map(len, lists)))
    assert lists_of(malmoi.TokenDataset(tmp_path / "set")) == lists + lists
    with malmoi.TokenWriter(tmp_path / "ended", tokenizer=tokenizer, end_of_document=1) as writer:
        writer.append(given)
    assert lists_of(malmoi.TokenDataset(tmp_path / "ended")) == [[*ids, 1] for ids in lists]


@pytest.fixture
def kind_of_lists(tokenizer):
    batch = tokenizer.encode_batch(["앞", "값이 싸다", "", "a b c"])
    return {
        "lists": (LISTS, LISTS), "batch": (batch[1:], batch.to_list()[1:]),
        "arrow": (pa.array(LISTS, pa.list_(pa.uint16()))[1:], LISTS[1:]),
        "rows": (np.arange(12).reshape(3, 4), np.arange(12).reshape(3, 4).tolist()),
    }


def test_nothing_is_left_behind_an_exception(tmp_path, tokenizer):
    with pytest.raises(RuntimeError), malmoi.TokenWriter(tmp_path / "set", tokenizer=tokenizer) as writer:
        writer.append(LISTS)
        raise RuntimeError
    writer.abort()
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="was given up"):
        writer.append(LISTS)
    del writer
    writer = malmoi.TokenWriter(tmp_path / "set", tokenizer=tokenizer)
    writer.append(LISTS)
    del writer
    assert not list(tmp_path.iterdir())


def test_existing_sets(tmp_path, tokenizer):
    path = write(tmp_path / "set", tokenizer=tokenizer)
    with pytest.raises(malmoi.OutputExistsError):
        malmoi.TokenWriter(path)
    write(path, [[9], [8]], tokenizer=tokenizer, overwrite=True)
    assert lists_of(malmoi.TokenDataset(path)) == [[9], [8]]


def test_refusals_of_the_writer(tmp_path, tokenizer):
    with pytest.raises(malmoi.InvalidArgumentError, match="parchment"):
        malmoi.TokenWriter(tmp_path / "set", "parchment")
    with pytest.raises(malmoi.InvalidArgumentError, match="no id"):
        malmoi.TokenWriter(tmp_path / "set", tokenizer=tokenizer, end_of_document=64_512)
    with pytest.raises(malmoi.InputOutputError):
        write(tmp_path / "file" / "set") if (tmp_path / "file").write_text("x") else None


def test_the_command_verifies_what_is_written(tmp_path, tokenizer, documents):
    from conftest import VOCABULARY

    with malmoi.TokenWriter(tmp_path / "set", tokenizer=tokenizer, shard_tokens=50_000) as writer:
        for batch in tokenizer.encode_iter(documents[:9000]):
            writer.append(batch)
    done = subprocess.run([os.environ["MALMOI_COMMAND"], "verify", tmp_path / "set", "--tokenizer", VOCABULARY],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    dataset = malmoi.TokenDataset(tmp_path / "set")
    assert tokenizer.decode_batch(dataset[:]) == documents[:9000]


@pytest.mark.parametrize("format", FLAT)
def test_files_of_the_command(format, tmp_path, tokenizer):
    from conftest import SAMPLE, VOCABULARY

    texts = [document.text for document in malmoi.read(SAMPLE / "law.txt.zst")]
    done = subprocess.run(
        [os.environ["MALMOI_COMMAND"], "encode", SAMPLE / "law.txt.zst", "--tokenizer", VOCABULARY, "--append-eod",
         "--eod-token", "[EOS]", "--shard-tokens", "50000", "--format", format, "--output", tmp_path / "set"],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    expected = [[*ids, 1] for ids in tokenizer.encode_batch(texts).to_list()]
    dataset = malmoi.TokenDataset(tmp_path / "set")
    assert lists_of(dataset) == expected and "3 shards" in repr(dataset)
    flat = [number for ids in expected for number in ids]
    assert [number for window in dataset.windows(999, drop_last=False) for number in window.tolist()] == flat
    assert [ids for batch in malmoi.read_tokens(tmp_path / "set") for ids in batch.to_list()] == expected


# ---- Files of others


def test_files_of_megatron(tmp_path):
    sequences = [[1, 2], [3], [], [4, 5, 6], [7]]
    megatron(tmp_path / "set", sequences, [0, 2, 2, 3, 5, 5])
    dataset = malmoi.TokenDataset(tmp_path / "set")
    assert lists_of(dataset) == [[1, 2, 3], [], [], [4, 5, 6, 7], []]
    assert dataset.lengths().tolist() == [3, 0, 0, 4, 0]
    for name in ("set.bin", "set.idx"):
        assert lists_of(malmoi.TokenDataset(tmp_path / name)) == lists_of(dataset)


@pytest.mark.parametrize("kind, code", [("u1", 1), ("i1", 2), ("i2", 3), ("i4", 4), ("i8", 5), ("u2", 8)])
def test_types_of_megatron(kind, code, tmp_path):
    megatron(tmp_path / "set", [[1, 2], [100]], [0, 1, 2], np.dtype(kind), code)
    dataset = malmoi.TokenDataset(tmp_path / "set")
    assert dataset.dtype == kind and lists_of(dataset) == [[1, 2], [100]]


def test_type_codes_of_deepspeed(tmp_path):
    megatron(tmp_path / "set", [[1, 2], [100]], [0, 1, 2], np.uint16, 6)
    assert lists_of(malmoi.TokenDataset(tmp_path / "set", "deepspeed")) == [[1, 2], [100]]
    with pytest.raises(malmoi.BadDataError, match="name the format"):
        malmoi.TokenDataset(tmp_path / "set")


def test_numbered_shards_without_a_manifest(tmp_path):
    for number in range(3):
        megatron(tmp_path / f"set-{number:05}", [[number], [number, 9]], [0, 1, 2])
    assert lists_of(malmoi.TokenDataset(tmp_path / "set")) == [[0], [0, 9], [1], [1, 9], [2], [2, 9]]
    (tmp_path / "set-00001.bin").unlink()
    with pytest.raises(malmoi.BadDataError, match="set-00001.bin: missing between others"):
        malmoi.TokenDataset(tmp_path / "set")


def test_ids_alone(tmp_path):
    np.arange(10, dtype=np.uint16).tofile(tmp_path / "train.bin")
    dataset = malmoi.TokenDataset(tmp_path / "train.bin")
    assert dataset.format == "nanogpt" and lists_of(dataset) == [list(range(10))]
    assert dataset.lengths().tolist() == [10]
    assert lists_of(dataset.windows(4)) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    np.save(tmp_path / "plain.npy", np.arange(5, dtype=np.int32))
    assert lists_of(malmoi.TokenDataset(tmp_path / "plain")) == [[0, 1, 2, 3, 4]]
    np.arange(10, dtype=np.uint16).tofile(tmp_path / "dolma.npy")
    with gzip.open(tmp_path / "dolma.csv.gz", "wt") as file:
        file.write("0,4,a,b,1\n4,10,c,d,2\n")
    assert lists_of(malmoi.TokenDataset(tmp_path / "dolma")) == [[0, 1, 2, 3], [4, 5, 6, 7, 8, 9]]


def test_empty_sets(tmp_path):
    megatron(tmp_path / "none", [], [0])
    megatron(tmp_path / "empty", [[], []], [0, 1, 2])
    assert lists_of(malmoi.TokenDataset(tmp_path / "none")) == []
    assert malmoi.TokenDataset(tmp_path / "none").lengths().tolist() == []
    assert lists_of(malmoi.TokenDataset(tmp_path / "empty")) == [[], []]
    assert len(malmoi.TokenDataset(tmp_path / "empty").windows(1, drop_last=False)) == 0


# ---- Damage


def _cut(path, count):
    os.truncate(path, os.stat(path).st_size - count)


@pytest.mark.parametrize("damage", [
    lambda stem: _cut(f"{stem}.idx", 1), lambda stem: _cut(f"{stem}.idx", 60), lambda stem: _cut(f"{stem}.bin", 1),
    lambda stem: open(f"{stem}.idx", "r+b").write(b"XX"),
    lambda stem: os.unlink(f"{stem}.bin"), lambda stem: os.unlink(f"{stem}.idx"),
    lambda stem: open(f"{stem}.manifest.json", "w").write("{"),
    lambda stem: open(f"{stem}.manifest.json", "w").write("[]"),
    lambda stem: open(f"{stem}.manifest.json", "w").write(
        json.dumps({"kind": "token-files", "outputs": [{"name": "../set.bin"}]})),
], ids=lambda _: "")
def test_damaged_sets(damage, tmp_path):
    damage(write(tmp_path / "set"))
    with pytest.raises((malmoi.BadDataError, malmoi.NotFoundError)):
        malmoi.TokenDataset(tmp_path / "set")


def test_an_index_that_points_elsewhere(tmp_path):
    megatron(tmp_path / "set", [[1, 2], [3]], [0, 1, 2])
    _cut(tmp_path / "set.bin", 2)
    assert malmoi.TokenDataset(tmp_path / "set")[0].tolist() == [1, 2]
    with pytest.raises(malmoi.BadDataError, match="document 1 is ids 2 to 3 by the index, of 2"):
        malmoi.TokenDataset(tmp_path / "set")[1]
    megatron(tmp_path / "other", [[1, 2], [3]], [0, 5, 2])
    with pytest.raises(malmoi.BadDataError, match="sequences 0 to 5 of 2"):
        malmoi.TokenDataset(tmp_path / "other")[0]
    with pytest.raises(malmoi.BadDataError, match="not of its 2 sequences"):
        malmoi.TokenDataset(tmp_path / "other").lengths()


def test_missing_sets(tmp_path):
    for path in (tmp_path / "set", tmp_path / "no" / "set", tmp_path / "set.manifest.json", tmp_path / "set.bin"):
        with pytest.raises(malmoi.NotFoundError):
            malmoi.TokenDataset(path)
    with pytest.raises(malmoi.InvalidArgumentError):
        malmoi.TokenDataset(tmp_path)
    with pytest.raises(malmoi.InvalidArgumentError, match="parchment"):
        malmoi.TokenDataset(write(tmp_path / "set"), "parchment")


# ---- Places and windows


def test_places(tmp_path, tokenizer):
    dataset = malmoi.TokenDataset(write(tmp_path / "set", tokenizer=tokenizer, shard_tokens=1000))
    assert dataset[-1].tolist() == LISTS[-1] and dataset[np.int64(2)].tolist() == [4]
    assert [ids.tolist() for ids in dataset[1:4]] == LISTS[1:4]
    assert [ids.tolist() for ids in dataset[::-2]] == LISTS[::-2]
    for place in (6, -7):
        with pytest.raises(IndexError):
            dataset[place]
    assert not dataset[0].flags.writeable and "6 documents" in repr(dataset)


@pytest.mark.parametrize("seed", range(6))
def test_windows(seed, tmp_path, tokenizer):
    source = np.random.default_rng(seed)
    lists = [source.integers(0, 60_000, source.integers(0, 40)).tolist() for _ in range(60)]
    path = write(tmp_path / "set", lists, "megatron" if seed % 2 else "npy", tokenizer=tokenizer, shard_tokens=100)
    dataset = malmoi.TokenDataset(path)
    flat = np.concatenate([np.array(one, np.uint16) for one in lists])
    for length, stride in ((1, None), (7, None), (8, 7), (5, 9), (150, 100), (len(flat), None), (len(flat) + 1, 3)):
        step = stride or length
        whole = [flat[start:start + length] for start in range(0, len(flat), step)]
        for drop_last in (True, False):
            windows = dataset.windows(length, stride, drop_last)
            expected = [part for part in whole if len(part) == length]
            if not drop_last and len(expected) * step < len(flat):
                covered = (len(expected) - 1) * step + length if expected else 0
                expected += [flat[len(expected) * step:][:length]] if covered < len(flat) else []
            assert [part.tolist() for part in windows] == [part.tolist() for part in expected]
            assert len(windows) == len(expected)
    assert dataset.windows(3, dtype=np.int64)[0].dtype == np.int64
    for wrong in ((0, None), (3, 0), (-1, None)):
        with pytest.raises(malmoi.InvalidArgumentError):
            dataset.windows(*wrong)
    with pytest.raises(IndexError):
        dataset.windows(10)[len(flat)]


def _items(dataset, places):
    return [dataset[place].tolist() for place in places]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers(method, tmp_path, tokenizer):
    dataset = malmoi.TokenDataset(write(tmp_path / "set", tokenizer=tokenizer, shard_tokens=1000))
    windows = dataset.windows(10, 9)
    dataset[0], windows[0]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        assert list(pool.map(_items, [dataset] * 2, [range(6)] * 2)) == [LISTS] * 2
        assert list(pool.map(_items, [windows] * 2, [range(len(windows))] * 2)) == [lists_of(windows)] * 2


def test_pickles_are_small(tmp_path, tokenizer):
    path = write(tmp_path / "set", [[1] * 100_000] * 20, tokenizer=tokenizer)
    dataset = malmoi.TokenDataset(path)
    dataset[3], dataset.windows(10)[7]
    assert len(pickle.dumps(dataset)) < 2000 and len(pickle.dumps(dataset.windows(10))) < 2000


@pytest.mark.parametrize("workers", [0, 2])
def test_torch(workers, tmp_path, tokenizer):
    torch = pytest.importorskip("torch")
    dataset = malmoi.TokenDataset(write(tmp_path / "set", tokenizer=tokenizer))
    windows = dataset.windows(11, 10, dtype=np.int64)
    loader = torch.utils.data.DataLoader(windows, batch_size=4, num_workers=workers)
    found = torch.cat(list(loader))
    assert found.dtype == torch.int64 and found.tolist() == lists_of(windows)


@pytest.mark.parametrize("format", ["nanogpt", "npy"])
def test_files_of_other_tools_are_read_by_the_id_that_ends_documents(format, tmp_path):
    lists = [[5, 6, 1], [1], [7, 1], [8]]
    ids = np.array([number for one in lists for number in one], np.uint16)
    path = tmp_path / ("ids.npy" if format == "npy" else "ids.bin")
    if format == "npy":
        np.save(path, ids)
    else:
        ids.tofile(path)
    found = [one for batch in malmoi.read_tokens(path, format, end_of_document=1) for one in batch.to_list()]
    assert found == lists
    with pytest.raises(malmoi.InvalidArgumentError, match="-7 is no id"):
        malmoi.read_tokens(path, format, end_of_document=-7)
