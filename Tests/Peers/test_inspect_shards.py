# SPDX-License-Identifier: Apache-2.0
"""Looking into token files: any document, and the text around any token."""
import json

import pytest

from command import EOD, complaint, malmoi, read_token_files


@pytest.fixture(scope="module")
def files(tmp_path_factory, tokenizer, sample_documents):
    directory = tmp_path_factory.mktemp("files")
    texts = ["", *sample_documents[:60], ""]
    (directory / "c.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    malmoi("encode", directory / "c.jsonl", "--tokenizer", tokenizer, "--append-eod", "--shard-tokens", 2000,
           "--output", directory / "ids")
    documents = []
    for path in sorted(directory.glob("ids-*.idx")):
        documents += read_token_files(path.with_suffix(""))
    return directory / "ids", texts, documents


def test_every_document_is_shown_by_its_number(files, tokenizer):
    prefix, texts, documents = files
    for number in (0, 1, 7, 30, len(texts) - 1):
        done = malmoi("inspect", "shards", prefix, "--document", number, "--tokenizer", tokenizer, "--json")
        [shown] = json.loads(done.stdout)["shown"]
        assert shown == {"document": number, "start": 0, "ids": documents[number], "text": texts[number] + EOD}
    text = malmoi("inspect", "shards", prefix, "--document", 3).stdout.decode()
    assert text.endswith("document 3\n  [3] " + " ".join(map(str, documents[3])) + "\n")


@pytest.mark.parametrize("context", [0, 1, 5, 10_000])
def test_the_text_around_any_token_is_shown(files, tokenizer, context):
    prefix, _, documents = files
    ids = [(number, place) for number, document in enumerate(documents) for place in range(len(document))]
    for token in {0, 1, 17, 1999, 2000, 2001, len(ids) // 2, len(ids) - 1}:
        number, place = ids[token]
        done = malmoi("inspect", "shards", prefix, "--around-token", token, "--context", context,
                      "--tokenizer", tokenizer, "--json")
        [shown] = json.loads(done.stdout)["shown"]
        start = max(0, place - context)
        assert shown["document"] == number and shown["start"] == start
        assert shown["ids"] == documents[number][start : place + context + 1]
        assert shown["place"] == place - start
    text = malmoi("inspect", "shards", prefix, "--around-token", 0, "--tokenizer", tokenizer).stdout.decode()
    assert text.endswith(f"around token 0\n  [0] token 0 of the document, id {documents[0][0]}\n  »{EOD}«\n")


def test_what_is_not_there_is_told(files):
    prefix, texts, documents = files
    total = sum(map(len, documents))
    told = complaint("inspect", "shards", prefix, "--document", len(texts), code=64)
    assert told == (f"malmoi: there is no document {len(texts)}: there are {len(texts)}, counted from 0; "
                    "choose a smaller number\n")
    assert f"there is no token {total}: there are {total}" in complaint(
        "inspect", "shards", prefix, "--around-token", total, code=64)
    for options in (("--document", -1), ("--around-token", 1, "--document", 1), ("--context", -2)):
        malmoi("inspect", "shards", prefix, *options, code=64)
