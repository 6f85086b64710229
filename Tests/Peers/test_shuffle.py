# SPDX-License-Identifier: Apache-2.0
"""Documents in a random order, split, mixed and without repetitions, from text to token files."""
import collections
import json
import random
import signal
import subprocess
import time

import pytest

from command import BINARY, complaint, left, malmoi, read_token_files, tree


@pytest.fixture(scope="module")
def records():
    """Documents with ids, among them repeated ids and texts without one."""
    source = random.Random(8)
    words = "나는 너는 밥을 국을 먹는다 마신다 학교에 집에 간다 온다 책을 읽는다".split()
    made = []
    for number in range(3000):
        text = " ".join(source.choices(words, k=source.randrange(20)))
        record = {"id": f"문서-{number % 2500}", "text": text}
        if number % 10 == 0:
            del record["id"]
        made.append(record)
    return made


@pytest.fixture
def corpus(tmp_path, records):
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def encode(corpus, tokenizer, prefix, *options):
    """The summary of encoding with the options."""
    return json.loads(malmoi(
        "encode", corpus, "--tokenizer", tokenizer, "--output", prefix, "--json", *options).stdout)


def key(record):
    return record.get("id") or "text:" + record["text"]


def counted(documents):
    return collections.Counter(map(tuple, documents))


# ---- The order ----


def test_shuffled_files_hold_the_same_documents_in_another_order(tmp_path, corpus, small_tokenizer):
    encode(corpus, small_tokenizer, tmp_path / "plain", "--append-eod")
    plain = read_token_files(tmp_path / "plain")
    orders = []
    for options in (
            ["--shuffle-seed", 1], ["--shuffle-seed", 2], ["--shuffle-seed", 1, "--threads", 2],
            ["--shuffle-seed", 1, "--memory", "1MiB"], ["--shuffle-seed", 1, "--shard-tokens", 5000]):
        directory = tmp_path / str(len(orders))
        told = encode(corpus, small_tokenizer, directory / "ids", "--append-eod", *options)
        assert told["documents"] == len(plain)
        malmoi("verify", directory / "ids")
        shards = sorted(directory.glob("*.idx"))
        orders.append([ids for shard in shards for ids in read_token_files(shard.with_suffix(""))])
        assert counted(orders[-1]) == counted(plain)
        assert all(path.suffix in (".bin", ".idx", ".json") for path in directory.iterdir())
    assert orders[0] != plain and orders[0] != orders[1]
    # Neither threads nor memory nor shards change the order.
    assert orders[0] == orders[2] == orders[3] == orders[4]


# ---- Choices ----


def test_what_is_chosen_follows_from_ids_alone(tmp_path, corpus, records, small_tokenizer):
    encode(corpus, small_tokenizer, tmp_path / "plain")
    ids_of = [tuple(ids) for ids in read_token_files(tmp_path / "plain")]
    told = encode(
        corpus, small_tokenizer, tmp_path / "out", "--split", "6,3,1", "--deduplicate-ids")
    first = {}
    for number, record in enumerate(records):
        first.setdefault(key(record), number)
    assert told["duplicate_documents"] == len(records) - len(first)
    found = {name: read_token_files(tmp_path / f"out-{name}") for name in ("train", "validation", "test")}
    assert counted(sum(found.values(), [])) == counted(ids_of[number] for number in first.values())
    for name, documents in found.items():
        assert told["splits"][name] == {
            "documents": len(documents), "tokens": sum(map(len, documents))}
    shares = [len(found[name]) / len(first) for name in ("train", "validation", "test")]
    assert all(abs(share - wanted) < 0.05 for share, wanted in zip(shares, (0.6, 0.3, 0.1)))

    # In half of the corpus, backwards, every document is where it was.
    half = tmp_path / "half.jsonl"
    some = records[:1500][::-1]
    half.write_text("".join(json.dumps(record) + "\n" for record in some))
    encode(half, small_tokenizer, tmp_path / "half", "--split", "6,3,1", "--deduplicate-ids")
    for name, documents in found.items():
        assert not counted(read_token_files(tmp_path / f"half-{name}")) - counted(ids_of)
    total = sum(len(read_token_files(tmp_path / f"half-{name}")) for name in found)
    assert total == len({key(record) for record in some})


def test_weights_and_quotas_of_sources(tmp_path, records, small_tokenizer):
    for name, part in (("a", records[:1000]), ("b", records[1000:])):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in part))
    options = ["--source", f"책={tmp_path}/a.jsonl", "--source", f"웹={tmp_path}/b.jsonl"]
    plain = json.loads(malmoi(
        "encode", *options, "--tokenizer", small_tokenizer, "--output", tmp_path / "plain",
        "--append-eod", "--json").stdout)
    documents = [tuple(ids) for ids in read_token_files(tmp_path / "plain")]
    told = json.loads(malmoi(
        "encode", *options, "--tokenizer", small_tokenizer, "--output", tmp_path / "mixed",
        "--append-eod", "--json", "--weight", "책=2.3", "--quota-tokens", "웹=5000").stdout)
    mixed = read_token_files(tmp_path / "mixed")
    web, book = told["source_documents"]
    assert (web["name"], book["name"]) == ("웹", "책")
    assert book["documents_in"] == 1000 and web["documents_in"] == 2000
    assert book["tokens_in"] + web["tokens_in"] == plain["tokens"]
    assert book["documents_out"] + web["documents_out"] == len(mixed)
    assert book["tokens_out"] + web["tokens_out"] == sum(map(len, mixed)) == told["tokens"]
    assert abs(book["documents_out"] - 2300) < 100
    # The quota ends behind whole documents, and before the next one.
    taken = mixed[book["documents_out"]:]
    assert [tuple(ids) for ids in taken] == documents[1000:1000 + len(taken)]
    assert web["quota_reached"] and 5000 - len(documents[1000 + len(taken)]) < web["tokens_out"] <= 5000
    repeats = counted(mixed[:book["documents_out"]])
    assert counted(documents[:1000]).keys() == repeats.keys()
    told = malmoi(
        "encode", *options, "--tokenizer", small_tokenizer, "--output", tmp_path / "shown",
        "--weight", "책=2.3", "--split", "9,1", "--deduplicate-ids").stdout.decode()
    for word in ("책", "웹", "train", "validation", "left out"):
        assert word in told


@pytest.mark.parametrize("options, told, code", [
    (["--split", "1"], "does not say how to split", 64),
    (["--weight", "책"], "is no weight of a source", 64),
    (["--weight", "책=2"], 'there is no source "책"', 64),
    (["--quota-tokens", "x=y"], "is no quota of a source", 64),
    (["--memory", "3"], "is no amount of memory", 64),
])
def test_bad_choices_are_told(tmp_path, corpus, small_tokenizer, options, told, code):
    said = complaint(
        "encode", corpus, "--tokenizer", small_tokenizer, "--output", tmp_path / "ids", *options, code=code)
    assert told in said
    assert left(tmp_path, "corpus.jsonl") == []


def test_an_output_without_tokens_is_told(tmp_path, small_tokenizer):
    (tmp_path / "two.txt").write_text("가나다\n라마바\n")
    done = malmoi(
        "encode", tmp_path / "two.txt", "--tokenizer", small_tokenizer, "--output", tmp_path / "ids",
        "--weight", f"{tmp_path}/two.txt=0", "--shuffle-seed", 1)
    assert done.stderr.decode() == (
        f"malmoi: {tmp_path}/ids has no tokens: loaders cannot map an empty file\n")
    malmoi("verify", tmp_path / "ids")


def test_a_run_that_fails_leaves_nothing(tmp_path, corpus, small_tokenizer):
    (tmp_path / "worse.jsonl").write_text(corpus.read_text() * 20 + '{"text": 1}\n')
    for threads in (1, 2):
        complaint(
            "encode", tmp_path / "worse.jsonl", "--strict", "--tokenizer", small_tokenizer, "--output",
            tmp_path / "ids", "--split", "8,2", "--shuffle-seed", 1, "--memory", "1MiB", "--deduplicate-ids",
            "--threads", threads, code=1)
        assert left(tmp_path, "corpus.jsonl", "worse.jsonl") == []


# ---- Runs that are cut off ----


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_run_goes_on_and_gives_the_same_bytes(tmp_path, records, small_tokenizer, seed):
    source = random.Random(seed)
    corpus = tmp_path / "corpus.jsonl"
    with open(corpus, "w") as file:
        for number in range(50):
            for record in records[::2]:
                identity = f"{number}-{record.get('id', '')}" if number % 3 else record.get("id", "")
                file.write(json.dumps({"id": identity, "text": record["text"] * 4}) + "\n")
    arguments = [
        "--tokenizer", small_tokenizer, "--append-eod", "--shuffle-seed", 3, "--split", "8,1,1",
        "--deduplicate-ids", "--weight", f"{corpus}=1.4", "--quota-tokens", f"{corpus}=2000000",
        "--checkpoint-mib", 1, "--memory", "4MiB"]
    malmoi("encode", corpus, *arguments, "--output", tmp_path / "whole/ids")
    whole = tree(tmp_path / "whole")
    kills = 0
    for _ in range(15):
        run = subprocess.Popen(
            [str(BINARY), *map(str, ["encode", corpus, *arguments, "--output", tmp_path / "cut/ids", "--json"])],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        # The first kill comes behind the first checkpoint, the others at any moment.
        while kills == 0 and run.poll() is None and not (tmp_path / "cut/ids-train.journal").exists():
            time.sleep(0.001)
        time.sleep(source.uniform(0, 0.6) if kills else 0)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        # The last kills come when everything is there, or when there is nothing to be killed.
        made = tree(tmp_path / "cut") if (tmp_path / "cut").exists() else {}
        if whole.keys() <= made.keys() and "ids-train.journal" not in made:
            break
        kills += 1
    else:
        malmoi("encode", corpus, *arguments, "--output", tmp_path / "cut/ids")
    made = tree(tmp_path / "cut")
    assert {name: made[name] for name in made if not name.endswith(".lock")} == whole
    assert kills > 0
    assert set(whole) == {f"ids-{name}.{end}" for name in ("train", "validation", "test")
                          for end in ("bin", "idx", "manifest.json")}
    results = json.loads(whole["ids-train.manifest.json"])["results"]
    assert results["source_documents"][0]["quota_reached"] and results["duplicate_documents"] > 0


def test_what_a_killed_run_has_left_does_not_disturb(tmp_path, corpus, small_tokenizer):
    options = ["--tokenizer", small_tokenizer, "--output", tmp_path / "ids", "--shuffle-seed", 1]
    encode(corpus, small_tokenizer, tmp_path / "whole", "--shuffle-seed", 1)
    (tmp_path / "ids.work").mkdir()
    (tmp_path / "ids.work/0").mkdir()
    (tmp_path / "ids.work/0/bucket-3.0").write_bytes(b"left by a run that was killed")
    malmoi("encode", corpus, *options)
    assert (tmp_path / "ids.bin").read_bytes() == (tmp_path / "whole.bin").read_bytes()
    assert not (tmp_path / "ids.work").exists()
