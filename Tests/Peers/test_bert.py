# SPDX-License-Identifier: Apache-2.0
"""Pairs of sentences with masked tokens against the TensorFlow Model Garden's program, and its files."""
import importlib.util
import json
import pathlib
import random
import signal
import sys

import pytest
from tokenizers import Tokenizer

import hostile
from command import ROOT, complaint, malmoi, tree
from stopping import stopped

read_mds = pytest.importorskip("read_mds")
reader = pytest.importorskip("tfrecord.reader", reason="tfrecord is not installed")
sys.path.insert(0, str(ROOT / "Tests/TokenFilesTests/Fixtures"))
import make_packing_goldens as goldens  # noqa: E402

SPECIAL = ["[PAD]", "[CLS]", "[SEP]", "[MASK]"]
COLUMNS = ["input_ids", "input_mask", "segment_ids", "masked_lm_positions", "masked_lm_ids", "masked_lm_weights",
           "next_sentence_labels"]


@pytest.fixture(scope="module")
def bert_tokenizer(trained):
    return trained(1500, *(option for name in SPECIAL for option in ("--special-token", name)))


@pytest.fixture(scope="module")
def documents(sample_documents):
    """Documents of lines, hostile ones, blank ones and such as spell special tokens among them."""
    numbers = random.Random(8)
    lines = sample_documents[:150] + hostile.PLAIN + ["[SEP]", " [MASK] 값 ", "", "  ", "\x1c가\x1f"]
    made = [["\n"], [""], ["한 줄뿐인 글"]]
    made += [[numbers.choice(lines) for _ in range(numbers.randrange(12))] for _ in range(150)]
    return ["\n".join(each) for each in made]


@pytest.fixture(scope="module")
def corpus(documents, tmp_path_factory):
    path = tmp_path_factory.mktemp("pairs") / "c.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in documents))
    return path


@pytest.fixture(scope="module")
def program():
    """The functions of create_pretraining_data."""
    found = importlib.util.find_spec("official")
    if found is None:
        pytest.skip("tf-models-official is not installed")
    root = pathlib.Path(found.submodule_search_locations[0])
    code = (root.parent / goldens.MODULE).read_text()
    loaded = {name: module for name, module in sys.modules.items() if name.startswith("official")}
    try:
        return goldens.reference(code)
    finally:
        for name in ("absl", "tensorflow", "official", "official.nlp", "official.nlp.tools"):
            sys.modules.pop(name, None)
        sys.modules.update(loaded)


def wanted(program, tokenizer, documents, length, window, seed, rates, predictions, duplicates, whole_words):
    """The features of all documents, windows of so many tokens after each other."""
    made = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    made.encode_special_tokens = True
    ids = {name: made.token_to_id(name) for name in SPECIAL}
    continues = {}
    for number in range(made.get_vocab_size()):
        word = made.id_to_token(number)
        continues[number] = word not in SPECIAL and not word.startswith(("Ġ", "Ċ", "č", "ĉ", "ċ", "Č"))
    names = {number: ("##" if whole_words and continues[number] else "") + str(number) for number in continues}
    names.update({ids[name]: name for name in SPECIAL[1:]})
    numbers = {name: number for number, name in names.items()}
    generator = goldens.SplitMix64(seed)
    features, waiting, count = [], [], 0

    def make():
        for _ in range(duplicates):
            for index in range(len(waiting)):
                for instance in program.create_instances_from_document(
                        waiting, index, length, rates[0], rates[1], predictions,
                        [names[number] for number in sorted(names)], generator, whole_words):
                    each = goldens.features(instance, numbers.get, length, predictions)
                    used = sum(each["input_mask"])
                    each["input_ids"][used:] = [ids["[PAD]"]] * (length - used)
                    features.append(each)
        waiting.clear()

    for document in documents:
        lines = [made.encode(line.strip(), add_special_tokens=False).ids for line in document.split("\n")]
        lines = [[names[number] for number in line] for line in lines if line]
        if lines:
            waiting.append(lines)
        count += sum(map(len, lines))
        if count >= window:
            make()
            count = 0
    make()
    return features


@pytest.mark.parametrize("length,window,seed,rates,predictions,duplicates,whole_words", [
    (64, 16, 1, (0.1, 0.15), 20, 2, False), (32, 4, 77, (0.5, 0.4), 5, 3, True), (128, 1024, 0, (0.1, 0.15), 20, 3, False)])
def test_features_are_those_of_the_program(
        program, corpus, documents, bert_tokenizer, tmp_path, length, window, seed, rates, predictions, duplicates,
        whole_words):
    options = ["--pack", "bert", "--sequence-length", length, "--pack-window", window, "--pack-seed", seed,
               "--short-rate", rates[0], "--mask-rate", rates[1], "--max-predictions", predictions, "--duplicates",
               duplicates, *(["--whole-words"] if whole_words else [])]
    done = malmoi("encode", corpus, "--tokenizer", bert_tokenizer, "--json", "--sink", f"tfrecord:{tmp_path}/tf",
                  "--sink", f"mds:{tmp_path}/mds", *options)
    expected = wanted(program, bert_tokenizer, documents, length, window * length, seed, rates, predictions, duplicates,
                      whole_words)
    path, = (tmp_path / "tf").glob("*.tfrecord-*")
    kinds = {name: "float" if name == "masked_lm_weights" else "int" for name in COLUMNS}
    found = [{name: values.tolist() for name, values in record.items()}
             for record in reader.tfrecord_loader(str(path), None, kinds)]
    assert found == expected
    assert [{name: sample[name].tolist() for name in COLUMNS} for sample in read_mds.samples(tmp_path / "mds")] == expected
    packing = json.loads(done.stdout)["packing"]
    assert packing["samples_out"] == len(expected) and packing["documents_in"] == len(documents)
    assert packing["tokens_in"] + sum(packing["added"].values()) == (
        packing["tokens_out"] + sum(packing["dropped"].values()))
    for name in ("tf", "mds"):
        assert b": sound: " in malmoi("verify", tmp_path / name).stdout


def test_weights_are_floats_and_all_else_is_integers(corpus, bert_tokenizer, tmp_path):
    """As the program writes them: a reader that asks for the other kind finds nothing."""
    malmoi("encode", corpus, "--tokenizer", bert_tokenizer, "--sink", f"tfrecord:{tmp_path}/tf", "--pack", "bert",
           "--sequence-length", 64)
    path, = (tmp_path / "tf").glob("*.tfrecord-*")
    example = pytest.importorskip("tfrecord.example_pb2")
    for record in reader.tfrecord_iterator(str(path)):
        message = example.Example()
        message.ParseFromString(bytes(record))
        kinds = {name: value.WhichOneof("kind") for name, value in message.features.feature.items()}
        assert kinds == {name: "float_list" if name == "masked_lm_weights" else "int64_list" for name in COLUMNS}


@pytest.mark.parametrize("options", [(), ("--shuffle-seed", 3)])
def test_a_run_that_was_killed_goes_on(options, sample_documents, bert_tokenizer, tmp_path):
    numbers = random.Random(2)
    corpus = tmp_path / "c.jsonl"
    corpus.write_text("".join(
        json.dumps({"text": "\n".join(numbers.sample(sample_documents, 3))}) + "\n" for _ in range(3000)))

    def arguments(directory):
        return ["encode", corpus, "--tokenizer", bert_tokenizer, "--checkpoint-mib", 1, "--sink",
                f"mds:{directory}/mds", "--pack", "bert", "--sequence-length", 128, "--duplicates", 2, "--pack-window",
                100, *options]

    malmoi(*arguments(tmp_path / "whole"), "--threads", 1)
    (tmp_path / "cut").mkdir()
    code, _ = stopped(arguments(tmp_path / "cut"), tmp_path / "cut" / "mds" / ".journal", signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert json.loads(malmoi(*arguments(tmp_path / "cut"), "--json").stdout)["resumed_documents"] > 0
    assert tree(tmp_path / "cut") == tree(tmp_path / "whole")


def test_options_that_make_no_sense_are_refused(corpus, bert_tokenizer, small_tokenizer, tmp_path):
    def told(*options, tokenizer=bert_tokenizer, sink="mds", pack=("--pack", "bert", "--sequence-length", 64)):
        return complaint("encode", corpus, "--tokenizer", tokenizer, "--sink", f"{sink}:{tmp_path}/x", *pack, *options,
                         code=64)

    assert 'the tokenizer has no special token "[SEP]"' in told(tokenizer=small_tokenizer)
    assert 'the tokenizer has no special token "[X]"' in told("--mask-token", "[X]")
    assert told(sink="litdata").startswith("malmoi: litdata files hold ids alone, not input_mask, segment_ids")
    assert "--duplicates needs --pack bert" in told("--duplicates", 2, pack=())
    assert "pairs of 4 tokens" in told(pack=("--pack", "bert", "--sequence-length", 4))
    assert "documents used 0 times" in told("--duplicates", 0)
    assert "a mask rate of 2" in told("--mask-rate", 2)
    assert "leave out what marks documents" in told("--bos-token", "[CLS]")
    assert "sentence pairs have columns of their own" in told("--column", "loss_mask")
    assert "leave out --parse-special-tokens and --chat" in told("--parse-special-tokens")
    content = json.loads((bert_tokenizer / "tokenizer.json").read_text())
    for token in content["added_tokens"]:
        token["special"] = token["content"] != "[SEP]"
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    assert '"[SEP]" is no special token, so that texts can spell it' in told(tokenizer=tmp_path / "tokenizer.json")
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer.json"]
