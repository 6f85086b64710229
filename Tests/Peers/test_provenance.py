# SPDX-License-Identifier: Apache-2.0
"""Where documents come from: the side files, read by Python's csv and gzip, and OLMo's arrays by NumPy."""
import csv
import gzip
import io
import json

import numpy
import pytest

from command import EOD, complaint, malmoi

DOCUMENTS = [
    {"id": "plain", "text": "가나다라 마바사"}, {"id": "a,b", "text": "쉼표가 든 이름"},
    {"id": "say \"it\"", "text": "따옴표"}, {"id": "two\nlines", "text": "줄바꿈 이름"}, {"text": "이름이 없다"},
    {"id": 17, "text": "수인 이름"}, {"id": "빈 글", "text": ""}, {"id": "말모이", "text": "조선말 큰사전"},
] * 40


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    """Two files of documents; the first has a line that is none."""
    folder = tmp_path_factory.mktemp("corpora")
    lines = [json.dumps(document, ensure_ascii=False) for document in DOCUMENTS]
    first, second = folder / "첫째.jsonl", folder / "b,c.jsonl"
    first.write_text("\n".join(lines[:150]) + "\n\n")
    second.write_text("\n".join(lines[150:]) + "\n")
    return first, second


def rows_of(path):
    """The rows of a side file, as Python's csv reads them."""
    return list(csv.reader(io.StringIO(gzip.open(path, "rt", newline="").read(), newline="")))


def expected_origins(corpora):
    first, second = corpora
    places = [(first, line) for line in range(1, 151)]
    places += [(second, line) for line in range(1, len(DOCUMENTS) - 149)]
    return [[str(document.get("id", "")), str(path), str(line)]
            for document, (path, line) in zip(DOCUMENTS, places)]


def shards_of(path, suffix):
    return sorted(path.parent.glob(f"{path.name}-*{suffix}"))


def test_rows_tell_id_file_and_line(corpora, tokenizer, tmp_path):
    malmoi("encode", *corpora, "--tokenizer", tokenizer, "--append-eod", "--provenance",
           "--sink", f"megatron:{tmp_path}/whole", "--sink", f"olmo:{tmp_path}/olmo")
    rows = rows_of(tmp_path / "whole.provenance.csv.gz")
    assert [row[2:] for row in rows] == expected_origins(corpora)
    assert rows == rows_of(tmp_path / "olmo.csv.gz")
    # ---- The ids are where the rows say ----
    ids = numpy.memmap(tmp_path / "olmo.npy", numpy.uint16, "r")
    assert ids.tobytes() == (tmp_path / "whole.bin").read_bytes()
    edges = [0] + [int(row[1]) for row in rows]
    assert edges[-1] == len(ids) and [int(row[0]) for row in rows] == edges[:-1]
    end = ids[-1]
    assert all(ids[edge - 1] == end for edge in edges[1:])
    assert int((ids == end).sum()) == len(rows)


@pytest.mark.parametrize("options", [
    ("--shuffle-seed", "3"), ("--split", "0.6,0.2,0.2"), ("--shards", "3"),
    ("--shuffle-seed", "3", "--shard-tokens", "500"), ("--deduplicate-ids", "--split", "0.9,0.1,0"),
], ids=" ".join)
def test_rows_go_with_their_documents(corpora, tokenizer, tmp_path, options):
    malmoi("encode", *corpora, "--tokenizer", tokenizer, "--append-eod", "--output", tmp_path / "plain",
           "--provenance")
    text = {}
    for (start, end, *origin), ids in zip(
            rows_of(tmp_path / "plain.provenance.csv.gz"), documents(tmp_path / "plain")):
        assert int(end) - int(start) == len(ids)
        text[tuple(origin)] = ids
    malmoi("encode", *corpora, "--tokenizer", tokenizer, "--append-eod", "--provenance", *options,
           "--output", tmp_path / "out/ids")
    found = 0
    for rows in (tmp_path / "out").glob("*.provenance.csv.gz"):
        stem = rows.with_name(rows.name.removesuffix(".provenance.csv.gz"))
        ids = numpy.fromfile(f"{stem}.bin", numpy.uint16).tolist()
        for start, end, *origin in rows_of(rows):
            assert ids[int(start):int(end)] == text[tuple(origin)]
            found += 1
    # A document without an id is known by its text, and each id is there forty times.
    assert found == (8 if "--deduplicate-ids" in options else len(DOCUMENTS))


def documents(path):
    import read_megatron
    return list(read_megatron.documents(str(path)))


def test_origins_outlive_conversion_joining_and_dividing(corpora, tokenizer, tmp_path):
    for name, corpus in zip("ab", corpora):
        malmoi("encode", corpus, "--tokenizer", tokenizer, "--append-eod", "--provenance",
               "--output", tmp_path / name)
    malmoi("merge", tmp_path / "a", tmp_path / "b", "--sink", f"mds:{tmp_path}/mds",
           "--sink", f"tfrecord:{tmp_path}/records", "--sink", f"npy:{tmp_path}/all")
    expected = expected_origins(corpora)
    assert [row[2:] for row in rows_of(tmp_path / "all.provenance.csv.gz")] == expected
    assert [row[2:] for row in rows_of(tmp_path / "mds/shard.00000.provenance.csv.gz")] == expected
    assert [row[2:] for row in rows_of(tmp_path / "records/documents-00000.provenance.csv.gz")] == expected
    malmoi("split", tmp_path / "records", "--shards", 3, "--output", tmp_path / "parts")
    parts = shards_of(tmp_path / "parts", ".provenance.csv.gz")
    assert [row[2:] for part in parts for row in rows_of(part)] == expected
    for name in ["mds", "records", "all", "parts"]:
        assert malmoi("verify", tmp_path / name).stdout.decode().startswith(f"{tmp_path}/{name}: sound")


def test_sets_without_origins_become_the_origin(corpora, tokenizer, tmp_path):
    first, second = corpora
    malmoi("encode", first, "--tokenizer", tokenizer, "--append-eod", "--output", tmp_path / "a")
    malmoi("encode", second, "--tokenizer", tokenizer, "--append-eod", "--provenance",
           "--output", tmp_path / "b")
    malmoi("merge", tmp_path / "a", tmp_path / "b", "--output", tmp_path / "all")
    origins = [row[2:] for row in rows_of(tmp_path / "all.provenance.csv.gz")]
    assert origins[:150] == [["", f"{tmp_path}/a", str(number)] for number in range(150)]
    assert origins[150:] == expected_origins(corpora)[150:]


def test_a_document_is_shown_with_its_origin(corpora, tokenizer, tmp_path):
    malmoi("encode", *corpora, "--tokenizer", tokenizer, "--append-eod", "--provenance",
           "--output", tmp_path / "ids")
    shown = malmoi("inspect", "shards", tmp_path / "ids", "--document", 151, "--tokenizer", tokenizer)
    assert f"[151] {corpora[1]}:2, id 말모이\n  조선말 큰사전{EOD}" in shown.stdout.decode()
    shown = malmoi("inspect", "shards", tmp_path / "ids", "--document", 4, "--json")
    origin = json.loads(shown.stdout)["shown"][0]["origin"]
    assert origin == {"id": "", "src": str(corpora[0]), "loc": 5}


def test_olmo_arrays_of_dolma_are_read(tokenizer, corpora, tmp_path):
    """As dolma's memmap_writer.py writes them, by NumPy and csv."""
    malmoi("encode", *corpora, "--tokenizer", tokenizer, "--append-eod", "--output", tmp_path / "ids")
    expected = documents(tmp_path / "ids")
    for kind in [numpy.uint16, numpy.uint32]:
        name = tmp_path / f"part-{numpy.dtype(kind)}"
        stream = numpy.array(sum(expected, []), kind)
        array = numpy.memmap(f"{name}.npy", kind, "w+", shape=stream.shape)
        array[:] = stream
        array.flush()
        with gzip.open(f"{name}.csv.gz", "wt", newline="") as file:
            writer, start = csv.writer(file), 0
            for number, ids in enumerate(expected):
                writer.writerow([start, start + len(ids), f"id \"{number}\"", "s3://b/k.json.gz", number])
                start += len(ids)
        malmoi("convert-shards", name, "--output", f"{name}-ours")
        assert documents(f"{name}-ours") == expected
        rows = rows_of(f"{name}-ours.provenance.csv.gz")
        assert rows == rows_of(f"{name}.csv.gz")


def test_packed_sequences_have_no_origin(corpora, tokenizer, tmp_path):
    told = complaint("encode", *corpora, "--tokenizer", tokenizer, "--append-eod", "--provenance",
                     "--pack", "concat", "--sequence-length", 64, "--output", tmp_path / "ids", code=64)
    assert told == ("malmoi: packed sequences have pieces of several documents, so none has an origin; "
                    "leave out --pack or --provenance\n")


def test_shards_filled_at_once_are_of_one_size(corpora, tokenizer, tmp_path):
    malmoi("encode", *corpora, "--tokenizer", tokenizer, "--append-eod", "--shards", 4,
           "--sink", f"megatron:{tmp_path}/ids", "--sink", f"tfrecord:{tmp_path}/records")
    sizes = [path.stat().st_size // 2 for path in shards_of(tmp_path / "ids", ".bin")]
    assert len(sizes) == 4
    malmoi("encode", *corpora, "--tokenizer", tokenizer, "--append-eod", "--output", tmp_path / "whole")
    whole = documents(tmp_path / "whole")
    assert max(sizes) - min(sizes) <= max(map(len, whole))
    parts = [ids for number in range(4) for ids in documents(tmp_path / f"ids-{number:05}")]
    assert sorted(parts) == sorted(whole)
    assert len(list((tmp_path / "records").glob("train.tfrecord-*-of-00004"))) == 4
    for format in ["mds", "litdata"]:
        told = complaint("encode", *corpora, "--tokenizer", tokenizer, "--shards", 4,
                         "--sink", f"{format}:{tmp_path}/{format}", code=64)
        assert f"shards of {format} wait in memory until they are full" in told
