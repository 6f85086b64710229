# SPDX-License-Identifier: Apache-2.0
"""Parts of a corpus, inspected apart and added up, give what one pass over the whole gives."""
import gzip
import itertools
import json
import random
import tarfile
import unicodedata

import pytest

import hostile
from command import SAMPLE, complaint, jsonl, malmoi

FILES = sorted(path for path in SAMPLE.iterdir() if path.name != "LICENSES.md")


def run(*arguments, code=0):
    """What a command prints on both streams."""
    done = malmoi(*arguments, code=code)
    return done.stdout, done.stderr


def whole(files, options, directory, code=0):
    """What one pass over all files tells: people, programs and browsers."""
    page = directory / "whole.html"
    text = run("inspect", "corpus", *files, *options, "--html", page, code=code)
    figures = run("inspect", "corpus", *files, *options, "--json", code=code)
    return text, figures, page.read_bytes()


def partial(files, options, path, code=0):
    malmoi("inspect", "corpus", *files, *options, "--partial", path, code=code)
    return path


def merged(parts, directory, *options, code=0):
    """The same of parts that are added up."""
    page = directory / "merged.html"
    page.unlink(missing_ok=True)
    text = run("inspect", "merge", *parts, *options, "--html", page, code=code)
    figures = run("inspect", "merge", *parts, *options, "--json", code=code)
    return text, figures, page.read_bytes()


def tree(parts, directory, code=0):
    """Adds parts up two by two until one is left."""
    level = 0
    while len(parts) > 1:
        pairs = [parts[start:start + 2] for start in range(0, len(parts), 2)]
        parts = []
        for number, pair in enumerate(pairs):
            parts.append(directory / f"tree-{level}-{number}")
            malmoi("inspect", "merge", *pair, "--partial", parts[-1], "--overwrite", code=code)
        level += 1
    return parts


def tokenizer_options(trained, count):
    made = [
        trained(1000, "--special-token", "<|endoftext|>"),
        trained(3000, "--normalizer", "none", "--pre-tokenizer", "cl100k"),
        trained(2000, "--normalizer", "korean", "--pre-tokenizer", "o200k"),
    ]
    return [option for index, path in enumerate(made[:count])
            for option in ("--tokenizer", f"t{index}={path}")]


# ---- The sample ----


SLOW = pytest.mark.slow


@pytest.mark.parametrize("count, by", [
    (3, ["source", "file"]), (0, []), *(pytest.param(*each, marks=SLOW) for each in [
        (1, []), (3, []), (1, ["file"]), (0, ["source"]), (1, ["license"])]),
], ids=str)
def test_files_apart_are_the_sample_at_once(tmp_path, trained, count, by):
    options = tokenizer_options(trained, count) + [f"--by={field}" for field in by]
    expected = whole(FILES, options, tmp_path)
    parts = [partial([file], options, tmp_path / f"part-{file.name}") for file in FILES]
    assert merged(parts, tmp_path) == expected
    assert merged(tree(parts, tmp_path), tmp_path) == expected
    listed = tmp_path / "list"
    listed.write_text("".join(f"{part}\n" for part in parts[3:]))
    assert merged([*parts[:3], "--partials-from", listed], tmp_path) == expected
    assert max(part.stat().st_size for part in parts) < 200_000


def test_parts_are_audited_as_the_whole(tmp_path, trained):
    options = tokenizer_options(trained, 2)
    pages = [tmp_path / "whole.html", tmp_path / "merged.html"]
    malmoi("inspect", "corpus", *FILES[:3], *options, "--html", pages[0], "--audit")
    parts = [partial([file], options, tmp_path / f"part-{file.name}") for file in FILES[:3]]
    malmoi("inspect", "merge", *parts, "--html", pages[1], "--audit")
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert b'<section id="audit">' in pages[0].read_bytes()


def test_every_division_gives_the_same_bytes(tmp_path, trained):
    options = tokenizer_options(trained, 2) + ["--by", "file"]
    files = [file for file in FILES if file.stat().st_size < 200_000][:5]
    assert len(files) == 5
    partials = set()
    for cuts in itertools.product([False, True], repeat=len(files) - 1):
        groups = [[files[0]]]
        for file, cut in zip(files[1:], cuts):
            groups.append([file]) if cut else groups[-1].append(file)
        parts = [tmp_path / f"{group[0].name}-{group[-1].name}" for group in groups]
        for group, part in zip(groups, parts):
            if not part.exists():
                partial(group, [*options, "--threads", 1 + len(group) % 3], part)
        malmoi("inspect", "merge", *parts, "--partial", tmp_path / "sum", "--overwrite")
        partials.add((tmp_path / "sum").read_bytes())
    assert len(partials) == 1


# ---- Text that is hard to read ----


@pytest.fixture
def hard(tmp_path):
    """Files of every kind of loss, in an order of their own."""
    folder = tmp_path / "hard"
    folder.mkdir()
    texts = hostile.PLAIN + ["ㅋ" * 5000]
    (folder / "hostile.jsonl").write_bytes(jsonl(texts))
    (folder / "nfd.txt").write_text("\n".join(unicodedata.normalize("NFD", text) for text in texts))
    (folder / "empty.txt").write_bytes(b"")
    (folder / "blank.jsonl").write_bytes(b"")
    records = [
        json.dumps({"text": f"{number}번째 문장은 꽤 깁니다, 그렇죠?", "source": source, "meta": {"domain": [source]}})
        for number, source in enumerate(["신문", "웹", "", "a\u0000b", "\"'\n\u2028"] * 8)]
    for number in range(0, 40, 2):
        records[number] += "}" * (number % 3) if number % 4 else "[1"
    (folder / "rejects.jsonl").write_text("\n".join(records))
    (folder / "rejects-too.jsonl").write_text("\n".join(records[::-1] + ["{", "[", "nonsense"] * 9))
    (folder / "wansung.txt").write_bytes("완성형으로 적은 한국어 문장입니다. 오늘은 날씨가 좋습니다.\n".encode("cp949") * 50)
    (folder / "broken.txt").write_bytes(b"\xff\xfe\xed\xa0\x80 \xea\xb0\n" + "가나다 라마바\n".encode() * 30)
    for name in ["one", "two"]:
        with tarfile.open(folder / f"{name}.tar", "w") as archive:
            for member in ["a.txt", "b.bin", "c.exe", "d.iso", "e.jpg", "f.png", "g.o", "h.so"]:
                source = folder / "broken.txt"
                archive.add(source, f"{name}/{member}")
        (folder / f"directory-{name}").mkdir()
        (folder / f"directory-{name}" / "text.txt").write_text("디렉터리 안의 문장은 이렇게 생겼습니다.\n")
        for number in range(60):
            (folder / f"directory-{name}" / f"{number}.other").write_text("")
    packed = gzip.compress("손상된 파일의 문장입니다, 아주 길고 길어요.\n".encode() * 20000)
    (folder / "damaged.txt.gz").write_bytes(packed[:len(packed) // 2])
    return sorted(folder.iterdir())


READINGS = [
    [], ["--normalizer", "none"], ["--normalizer", "nfkc", "--with-rules", "zero-width,cap-repeats=3"],
    ["--invalid-utf8", "skip", "--documents", "paragraph"]]


@pytest.mark.parametrize("reading, by", [
    (READINGS[2], ["file"]), *(
        pytest.param(reading, by, marks=SLOW)
        for reading in READINGS for by in ([], ["file"], ["source"]))], ids=str)
def test_losses_are_told_as_in_one_pass(tmp_path, trained, hard, by, reading):
    options = tokenizer_options(trained, 3) + [f"--by={field}" for field in by] + reading
    expected = whole(hard, options, tmp_path, code=1)
    told = expected[0][1].decode()
    assert "records rejected" in told and "damaged" in told and "of other kinds not read" in told
    parts = [
        partial([file], options, tmp_path / f"part-{file.name}", code=None) for file in hard]
    assert merged(parts, tmp_path, code=1) == expected
    shuffled = random.Random(1)
    for _ in range(2):
        left = list(hard)
        groups = []
        while left:
            size = shuffled.randint(1, 5)
            groups.append(left[:size])
            left = left[size:]
        parts = [
            partial(group, [*options, "--overwrite"], tmp_path / f"group-{number}", code=None)
            for number, group in enumerate(groups)]
        assert merged(tree(parts, tmp_path, code=None), tmp_path, code=1) == expected


def test_a_field_of_metadata_groups_parts(tmp_path, trained, hard):
    files = [file for file in hard if file.suffix == ".jsonl"]
    options = tokenizer_options(trained, 1) + ["--by", "meta.domain[]", "--by", "source"]
    expected = whole(files, options, tmp_path)
    parts = [partial([file], options, tmp_path / f"part-{file.name}") for file in files]
    assert merged(parts, tmp_path) == expected


def test_many_inputs_share_a_title(tmp_path):
    files = []
    for number in range(57):
        files.append(tmp_path / f"{number:02}.txt")
        files[-1].write_text(f"{number}번 파일의 문장은 이렇게 생겼습니다.\n")
    expected = whole(files, [], tmp_path)
    assert b"(+37)" in expected[2]
    parts = [
        partial(files[start:start + 10], [], tmp_path / f"part-{start}")
        for start in range(0, 57, 10)]
    assert merged(tree(parts, tmp_path), tmp_path) == expected


# ---- What is refused ----


@pytest.fixture
def small(tmp_path, small_tokenizer):
    """Files, options, and a part of the first."""
    files = [tmp_path / name for name in ("a.txt", "b.txt")]
    files[0].write_text("나는 밥을 먹는다, 그리고 또 먹는다\n")
    files[1].write_text("너는 국을 먹는다, 그리고 또 먹는다\n")
    return files, ["--tokenizer", small_tokenizer], partial(
        files[:1], ["--tokenizer", small_tokenizer], tmp_path / "part")


def test_every_damaged_byte_is_found(tmp_path, small):
    whole = small[2].read_bytes()
    # A process a byte would take too long; PartialInspectionTests.swift looks at every one.
    for place in [*range(0, 32), *range(32, len(whole) - 9, 97), *range(len(whole) - 9, len(whole))]:
        bad = bytearray(whole)
        bad[place] ^= 1 << place % 8
        (tmp_path / "bad").write_bytes(bad)
        told = complaint("inspect", "merge", tmp_path / "bad", code=1)
        assert told.startswith(f"malmoi: {tmp_path}/bad: ") and told.count("\n") == 1
        (tmp_path / "bad").write_bytes(whole[:place])
        told = complaint("inspect", "merge", tmp_path / "bad", code=1)
        assert told.startswith(f"malmoi: {tmp_path}/bad: ") and told.count("\n") == 1
    (tmp_path / "bad").write_bytes(whole + b"\0")
    complaint("inspect", "merge", tmp_path / "bad", code=1)


@pytest.mark.parametrize("changed, told", [
    (["--normalizer", "nfkc"], "its normalizer is \"nfkc\", not null"),
    (["--documents", "file"], "its documents is \"file\", not \"line\""),
    (["--by", "file"], "its grouping is file, not none"),
    (["--metadata", "title=t"], "its metadata is"),
    (["--max-document-bytes", "1MiB"], "its max_document_bytes is 1048576, not 67108864"),
])
def test_parts_of_other_options_are_refused(tmp_path, small, changed, told):
    files, options, first = small
    other = partial(files[1:], options + changed, tmp_path / "other")
    said = complaint("inspect", "merge", first, other, code=64)
    assert told in said and f"{tmp_path}/other: " in said and said.count("\n") == 1


def test_parts_of_other_tokenizers_are_refused(tmp_path, small, trained):
    files, options, first = small
    for number, (changed, told) in enumerate([
        (["--tokenizer", trained(1100)], "its tokenizer 1 is SHA-256 "),
        ([], "its number of tokenizers is 0, not 1"),
        (options * 2, "its number of tokenizers is 2, not 1"),
        (["--tokenizer", f"another={options[1]}"], "its name of tokenizer 1 is another, not "),
    ]):
        if changed == options * 2:
            changed = [*options, "--tokenizer", f"again={options[1]}"]
        other = partial(files[1:], changed, tmp_path / f"other-{number}")
        said = complaint("inspect", "merge", first, other, code=64)
        assert told in said and said.count("\n") == 1


def test_an_input_counts_once(tmp_path, small):
    files, options, first = small
    both = partial(files, options, tmp_path / "both")
    said = complaint("inspect", "merge", first, both, code=64)
    assert f"its input {files[0]} is in another part too" in said


def test_an_existing_file_is_kept(tmp_path, small):
    files, options, first = small
    before = first.read_bytes()
    complaint("inspect", "corpus", files[1], *options, "--partial", first, code=74)
    complaint("inspect", "merge", first, "--partial", first, code=74)
    assert first.read_bytes() == before
    partial(files[1:], [*options, "--overwrite"], first)
    assert first.read_bytes() != before
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize("options", [
    ["--html", "page.html"], ["--sample-bytes", "1MB"],
])
def test_what_needs_the_whole_is_refused(tmp_path, small, options):
    complaint("inspect", "corpus", *small[0], *options, "--partial", tmp_path / "new", code=64)
    assert not (tmp_path / "new").exists()


def test_parts_without_documents_are_no_corpus(tmp_path):
    (tmp_path / "empty.txt").write_bytes(b"")
    part = partial([tmp_path / "empty.txt"], [], tmp_path / "part")
    assert complaint("inspect", "merge", part, code=1) == complaint(
        "inspect", "corpus", tmp_path / "empty.txt", code=1)


def test_more_groups_than_may_be_are_refused(tmp_path):
    for number in range(66):
        (tmp_path / f"{number:02}.txt").write_text("문장\n")
    files = sorted(tmp_path.glob("*.txt"))
    parts = [
        partial(files[:40], ["--by", "file"], tmp_path / "first"),
        partial(files[40:], ["--by", "file"], tmp_path / "second")]
    assert complaint("inspect", "merge", *parts, code=64) == complaint(
        "inspect", "corpus", *files, "--by", "file", code=64)


# ---- The tokenizers ----


def test_tokenizers_may_lie_elsewhere(tmp_path, small, trained):
    files, options, first = small
    copy = tmp_path / "elsewhere" / "tokenizer.json"
    copy.parent.mkdir()
    copy.write_bytes((options[1] / "tokenizer.json").read_bytes())
    moved = partial(files[:1], ["--tokenizer", f"t={copy}"], tmp_path / "moved")
    expected = run("inspect", "merge", moved)
    kept = copy.read_bytes()
    copy.unlink()
    said = complaint("inspect", "merge", moved, code=74)
    assert str(copy) in said and "--tokenizer" in said
    assert run("inspect", "merge", moved, "--tokenizer", f"t={options[1]}") == expected
    # No tokenizer is needed to add parts up.
    malmoi("inspect", "merge", moved, "--partial", tmp_path / "sum")
    for other in [trained(1100), trained(1100, "--pre-tokenizer", "cl100k")]:
        for arguments in [["--tokenizer", other], []]:
            copy.write_bytes((other / "tokenizer.json").read_bytes())
            said = complaint("inspect", "merge", moved, *arguments, code=64)
            assert "is not tokenizer 1 of the parts" in said and said.count("\n") == 1
    copy.write_bytes(kept)
    assert run("inspect", "merge", moved) == expected
    complaint("inspect", "merge", moved, "--tokenizer", copy, "--tokenizer", options[1], code=64)


def test_rank_files_are_cut_as_they_were(tmp_path, small):
    ranks = next(small[1][1].glob("*.tiktoken"))
    copy = tmp_path / "copied.tiktoken"
    copy.write_bytes(ranks.read_bytes())
    options = ["--tokenizer", copy, "--pre-tokenizer", "cl100k"]
    expected = whole(small[0], options, tmp_path)
    parts = [partial([file], options, tmp_path / f"part-{file.name}") for file in small[0]]
    assert merged(parts, tmp_path) == expected
    assert merged(parts, tmp_path, *options) == expected


def test_what_was_kept_is_told(tmp_path, small):
    files, options, _ = small
    done = malmoi("inspect", "corpus", *files, *options, "--partial", tmp_path / "new", "--json")
    assert json.loads(done.stdout) == {
        "partial": f"{tmp_path}/new", "bytes": (tmp_path / "new").stat().st_size, "inputs": 2,
        "documents": 2, "rejected_records": 0, "replaced_utf8_sequences": 0}
    done = malmoi("inspect", "merge", tmp_path / "new", "--partial", tmp_path / "sum", "--quiet")
    assert done.stdout == done.stderr == b""
    assert (tmp_path / "sum").read_bytes() == (tmp_path / "new").read_bytes()


def test_standard_input_lists_parts_and_gives_text(tmp_path, small):
    files, options, _ = small
    parts = []
    for number, file in enumerate(files):
        parts.append(tmp_path / f"piped-{number}")
        malmoi(
            "inspect", "corpus", "-", *options, "--partial", parts[-1], stdin=file.read_bytes())
    listed = "".join(f"{part}\n" for part in parts).encode()
    done = malmoi("inspect", "merge", "--partials-from", "-", "--json", stdin=listed)
    both = malmoi(
        "inspect", "corpus", "-", *options, "--json", stdin=b"".join(file.read_bytes() for file in files))
    assert done.stdout == both.stdout


def test_parts_of_a_directory_are_shown_as_the_directory_is(tmp_path):
    files = FILES[:3]
    folder = tmp_path / "folder"
    folder.mkdir()
    for file in [*files, SAMPLE / "LICENSES.md"]:
        (folder / file.name).write_bytes(file.read_bytes())
    parts = [partial([folder / file.name], [], tmp_path / file.name) for file in files]
    left_out = tmp_path / "left-out"
    left_out.write_text(f"{folder / 'LICENSES.md'}\n")
    told = whole([folder], [], tmp_path)
    assert b"LICENSES.md" in told[0][1]
    assert merged(parts, tmp_path, "--title", folder, "--left-out-from", left_out) == told
    assert merged(parts, tmp_path) != told
