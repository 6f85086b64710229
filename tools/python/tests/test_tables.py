# SPDX-License-Identifier: Apache-2.0
"""Parquet, Arrow tables and data sets of Hugging Face, in and out."""
import pickle

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import malmoi


@pytest.fixture(scope="module")
def table(request):
    documents = request.getfixturevalue("documents")[:3000]
    return pa.table({"number": range(3000), "text": documents})


@pytest.fixture
def files(table, tmp_path):
    (tmp_path / "in").mkdir()
    pq.write_table(table[:1000], tmp_path / "in" / "a.parquet", row_group_size=300)
    pq.write_table(table[1000:], tmp_path / "in" / "b.parquet", row_group_size=7000)
    return tmp_path / "in"


SOURCES = {
    "folder": lambda files, table: files,
    "files": lambda files, table: [files / "a.parquet", str(files / "b.parquet")],
    "table": lambda files, table: table,
    "batches": lambda files, table: table.to_batches(100),
    "reader": lambda files, table: table.to_reader(100),
    "tables": lambda files, table: (table[at:at + 70] for at in range(0, 3000, 70)),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_token_files(kind, files, table, tokenizer, expected, tmp_path):
    writer = malmoi.encode_parquet(
        SOURCES[kind](files, table), tokenizer, tmp_path / "set", batch_rows=333, shard_tokens=20_000)
    dataset = malmoi.TokenDataset(tmp_path / "set")
    assert [ids.tolist() for ids in dataset] == expected[:3000]
    assert (writer.documents, writer.tokens) == (3000, dataset.tokens)


@pytest.mark.parametrize("kind", SOURCES)
def test_parquet(kind, files, table, tokenizer, expected, tmp_path):
    rows = malmoi.write_parquet(
        SOURCES[kind](files, table), tokenizer, tmp_path / "out.parquet", batch_rows=333, row_group_rows=1000)
    found = pq.read_table(tmp_path / "out.parquet")
    assert rows == 3000 and found.select(["number", "text"]).equals(table)
    assert found["input_ids"].to_pylist() == expected[:3000]
    assert found.schema.field("input_ids").type == pa.list_(pa.uint16())
    assert pq.ParquetFile(tmp_path / "out.parquet").num_row_groups == 3
    assert malmoi.TokenDataset and not (tmp_path / "out.parquet.partial").exists()


def test_columns(files, tokenizer, wide_path, tmp_path):
    wide = malmoi.Tokenizer.from_file(wide_path)
    malmoi.write_parquet(files, wide, tmp_path / "out.parquet", columns=["number"], ids_column="ids")
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.schema.names == ["number", "ids"] and found.schema.field("ids").type == pa.list_(pa.uint32())
    malmoi.write_parquet(files, tokenizer, tmp_path / "other.parquet", columns=[])
    assert pq.read_table(tmp_path / "other.parquet").schema.names == ["input_ids"]


def test_ends_and_nulls(tokenizer, tmp_path):
    table = pa.table({"text": ["값", None, ""]})
    with pytest.raises(malmoi.InvalidArgumentError, match="row 1 has no text"):
        malmoi.encode_parquet(table, tokenizer, tmp_path / "set", batch_rows=1)
    with pytest.raises(malmoi.InvalidArgumentError, match="row 1 has no text"):
        malmoi.write_parquet(table, tokenizer, tmp_path / "set", batch_rows=1)
    assert not list(tmp_path.iterdir())
    malmoi.encode_parquet(table, tokenizer, tmp_path / "set", skip_nulls=True, end_of_document=1)
    assert [ids.tolist() for ids in malmoi.TokenDataset(tmp_path / "set")] == [[*tokenizer.encode("값"), 1], [1]]


def test_refusals(files, table, tokenizer, tmp_path):
    with pytest.raises(malmoi.InvalidArgumentError, match='no column "body", but number, text'):
        malmoi.encode_parquet(files, tokenizer, tmp_path / "set", column="body")
    with pytest.raises(malmoi.InvalidArgumentError, match='no column "body"'):
        malmoi.write_parquet(table, tokenizer, tmp_path / "out.parquet", column="body")
    with pytest.raises(malmoi.InvalidArgumentError, match="another ids_column"):
        malmoi.write_parquet(table, tokenizer, tmp_path / "out.parquet", ids_column="number")
    with pytest.raises(malmoi.InvalidArgumentError, match="no rows"):
        malmoi.write_parquet(table[:0], tokenizer, tmp_path / "out.parquet")
    with pytest.raises(FileNotFoundError):
        malmoi.write_parquet(tmp_path / "none.parquet", tokenizer, tmp_path / "out.parquet")
    with pytest.raises(TypeError):
        malmoi.encode_parquet(7, tokenizer, tmp_path / "set")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    (tmp_path / "out.parquet").write_text("x")
    with pytest.raises(malmoi.OutputExistsError):
        malmoi.write_parquet(table, tokenizer, tmp_path / "out.parquet")
    assert malmoi.write_parquet(table, tokenizer, tmp_path / "out.parquet", overwrite=True) == 3000


def test_progress(files, tokenizer, tmp_path, capsys):
    malmoi.encode_parquet(files, tokenizer, tmp_path / "set", progress=True)
    assert "3.00k/3.00k" in capsys.readouterr().err


# ---- Hugging Face datasets


@pytest.mark.parametrize("processes", [None, 2])
@pytest.mark.parametrize("layout", [None, "arrow", "numpy"])
def test_map(processes, layout, table, tokenizer, expected):
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset(table).with_format(layout)
    made = data.map(
        malmoi.DatasetEncoder(tokenizer, lengths_column="length"), batched=True, batch_size=500, num_proc=processes)
    assert made.with_format(None)["input_ids"][:] == expected[:3000]
    assert made.with_format(None)["length"][:] == [len(ids) for ids in expected[:3000]]
    assert made.column_names == ["number", "text", "input_ids", "length"]


def test_fingerprints(tokenizer, tmp_path):
    datasets = pytest.importorskip("datasets")
    pytest.importorskip("dill")
    from conftest import VOCABULARY

    first = malmoi.DatasetEncoder(tokenizer)
    tokenizer.encode("값"), tokenizer.id_to_token(3)
    second = malmoi.DatasetEncoder(malmoi.Tokenizer.from_file(VOCABULARY))
    other = malmoi.DatasetEncoder(tokenizer, add_special_tokens=True)
    sent = pickle.loads(pickle.dumps(first))
    prints = [datasets.fingerprint.Hasher.hash(one) for one in (first, second, sent, other)]
    assert prints[0] == prints[1] == prints[2] != prints[3]


def test_datasets_to_token_files(table, tokenizer, expected, tmp_path):
    datasets = pytest.importorskip("datasets")
    malmoi.encode_parquet(datasets.Dataset(table), tokenizer, tmp_path / "set")
    malmoi.encode_parquet(datasets.Dataset(table).to_iterable_dataset(), tokenizer, tmp_path / "iterable")
    for name in ("set", "iterable"):
        assert [ids.tolist() for ids in malmoi.TokenDataset(tmp_path / name)] == expected[:3000]
    rows = malmoi.write_parquet(datasets.Dataset(table), tokenizer, tmp_path / "out.parquet")
    assert rows == 3000 and np.array_equal(pq.read_table(tmp_path / "out.parquet")["number"].to_numpy(), range(3000))
