# SPDX-License-Identifier: Apache-2.0
"""Compression and archives: Python's gzip, bz2, lzma, lz4, zstandard, zipfile, tarfile and py7zr write
the files; what malmoi reads must be what went in, and damage must never pass unnoticed."""
import bz2
import gzip
import hashlib
import io
import json
import lzma
import random
import tarfile
import zipfile

import lz4.frame
import py7zr
import pytest
import zstandard

from command import documents_of, malmoi

CODECS = {
    "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
    "lz4": lambda content: lz4.frame.compress(content, content_checksum=True)}
CONTAINERS = ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "7z"]


def lines_of(count, seed=1):
    source = random.Random(seed)
    return [
        "".join(chr(source.randrange(0xAC00, 0xD7A4)) for _ in range(source.randrange(60)))
        for _ in range(count)]


def text_of(lines):
    return "".join(line + "\n" for line in lines).encode()


def zipped(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(members, mode="w", **options):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, **options) as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def packed(container, members):
    if container == "zip":
        return zipped(members)
    if container == "7z":
        buffer = io.BytesIO()
        with py7zr.SevenZipFile(buffer, "w") as archive:
            for name, content in members:
                archive.writestr(content, name)
        return buffer.getvalue()
    return tarred(members, "w" + container[3:].replace(".", ":"))


def sources_of(path, *options):
    """The documents of a corpus with where each was read."""
    lines = malmoi("cat", path, "--json", *options).stdout.decode().split("\n")[:-1]
    return [(record["path"], record["text"]) for record in map(json.loads, lines)]


def sweep(directory, variants, *options):
    """Reads files that hold `variants`, all by one process; for each the text that was read and whether
    anything was said to be damaged, lost or ignored, by the manifest of a training."""
    directory.mkdir()
    paths = [directory / f"{number:05}" for number in range(len(variants))]
    for path, content in zip(paths, variants):
        path.write_bytes(content)
    done = malmoi("cat", *paths, "--json", *options, code=None)
    assert done.returncode in (0, 1)
    texts = {str(path): [] for path in paths}
    for line in done.stdout.decode().split("\n")[:-1]:
        record = json.loads(line)
        texts[record["path"].split("!/")[0]].append(record["text"])
    # A training needs some text, whatever the variants hold.
    sound = directory / "sound.txt"
    sound.write_text("멀쩡한 글\n")
    malmoi(
        "train", *paths, sound, *options, "--vocab-size", 300, "--output", directory / "out",
        code=None)
    manifest = json.loads((directory / "out" / "manifest.json").read_text())
    told = {place.split("!/")[0] for place in manifest["results"]["damaged_inputs"]}
    told |= {
        entry["path"] for entry in manifest["inputs"] if "ignored_members" in entry.get("found", {})}
    told |= {reject["path"].split("!/")[0] for reject in manifest["results"]["first_rejects"]}
    return [(text_of(texts[str(path)]), str(path) in told) for path in paths]


def flipped(stored, count, seed):
    """Copies of `stored` with one bit changed in each."""
    source = random.Random(seed)
    for _ in range(count):
        damaged = bytearray(stored)
        damaged[source.randrange(len(stored))] ^= 1 << source.randrange(8)
        yield bytes(damaged)


# ---- Streams ----


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("name", ["corpus.txt", "corpus.txt.{}"])
def test_streams_one_after_another_are_one_file(tmp_path, codec, name):
    lines = lines_of(4000)
    content = text_of(lines)
    source = random.Random(2)
    stored, start = b"", 0
    while start < len(content):
        end = start + source.choice([1, 2, 1000, 100_000])
        stored += CODECS[codec](content[start:end]) + CODECS[codec](b"")
        start = end
    path = tmp_path / name.format(codec)
    path.write_bytes(stored)
    assert documents_of(path) == lines
    assert malmoi("cat", "-", stdin=stored).stdout == content


@pytest.mark.parametrize("codec", ["gz", "xz", "bz2"])
def test_zeros_may_pad_the_end(tmp_path, codec):
    path = tmp_path / "a.txt"
    path.write_bytes(CODECS[codec]("가\n".encode()) + bytes(512))
    assert documents_of(path) == ["가"]


@pytest.mark.parametrize("codec", CODECS)
def test_a_stream_cut_anywhere_gives_what_stands_before(tmp_path, codec):
    content = text_of(lines_of(60))
    head, tail = CODECS[codec](content[:900]), CODECS[codec](content[900:])
    stored = head + tail
    cuts = range(12, len(stored) + 1)
    found = sweep(tmp_path / "cuts", [stored[:cut] for cut in cuts], "--input-format", "text")
    for cut, (text, is_told) in zip(cuts, found):
        # Where the first stream ends, its last line does too, which cat ends.
        assert content.startswith(text) or cut == len(head) and text == content[:900] + b"\n", cut
        # bzip2 gives out whole blocks only.
        assert cut < len(head) or content[:900].rpartition(b"\n")[0] in text, cut
        assert is_told == (cut not in (len(head), len(stored))), cut


def test_the_place_of_damage_is_told_to_the_byte(tmp_path):
    content = text_of(lines_of(60))
    for codec, pack in CODECS.items():
        stored = pack(content)
        path = tmp_path / f"a.txt.{codec}"
        for cut in (len(stored) // 2, len(stored) - 1):
            path.write_bytes(stored[:cut])
            told = malmoi("cat", path, code=1).stderr.decode()
            assert f"{path}: byte {cut}: ends inside a" in told


@pytest.mark.parametrize("codec", CODECS)
def test_no_flipped_bit_passes_unnoticed(tmp_path, codec):
    content = text_of(lines_of(60))
    variants = list(flipped(CODECS[codec](content), 400, 3))
    found = sweep(tmp_path / "flips", variants, "--charset", "utf-8", "--input-format", "text")
    for (text, is_told), variant in zip(found, variants):
        # Some bits of a header mean nothing, such as the time in gzip's; without its magic number a
        # file is text.
        is_text = variant[:4] != CODECS[codec](content)[:4]
        assert text == content or is_told or is_text


@pytest.mark.parametrize("codec", [*CODECS, "zip", "tar", "7z"])
def test_a_name_that_promises_compression_is_kept_to(tmp_path, codec):
    path = tmp_path / ("a.txt." + codec if codec in CODECS else "a." + codec)
    path.write_text("압축하지 않은 글\n" * 30)
    done = malmoi("cat", path, code=1)
    assert done.stdout == b"" and b"input files are damaged" in done.stderr


# ---- Archives ----


@pytest.mark.parametrize("container", CONTAINERS)
def test_members_are_read_in_order_by_their_names(tmp_path, container):
    lines = lines_of(3000)
    members = [
        ("말뭉치/하나.txt", text_of(lines)), ("둘.jsonl", b'{"text": "\\ub458"}\n'),
        ("그림.png", b"no text"), (".hidden.txt", b"no"), ("빈.txt", b""),
        ("셋.txt.gz", gzip.compress("셋\n".encode()))]
    path = tmp_path / "archive"
    path.write_bytes(packed(container, members))
    expected = [(f"{path}!/말뭉치/하나.txt", line) for line in lines]
    expected += [(f"{path}!/둘.jsonl", "둘"), (f"{path}!/셋.txt.gz", "셋")]
    assert sources_of(path) == expected
    told = malmoi("cat", path).stderr.decode()
    assert told == f"malmoi: 1 files of other kinds not read: {path}!/그림.png\n"
    if container != "7z":
        printed = malmoi("cat", "-", stdin=path.read_bytes()).stdout.decode()
        assert printed == "".join(text + "\n" for _, text in expected)


@pytest.mark.parametrize("outer", CONTAINERS)
@pytest.mark.parametrize("inner", ["zip", "tar", "tar.gz", "tar.xz"])
def test_an_archive_in_an_archive_is_read(tmp_path, outer, inner):
    inside = packed(inner, [("a.txt", "안\n".encode()), ("b.txt", "쪽\n".encode())])
    path = tmp_path / "outer"
    path.write_bytes(packed(outer, [
        ("앞.txt", "앞\n".encode()), (f"in.{inner}", inside), ("뒤.txt", "뒤\n".encode())]))
    assert sources_of(path) == [
        (f"{path}!/앞.txt", "앞"), (f"{path}!/in.{inner}!/a.txt", "안"),
        (f"{path}!/in.{inner}!/b.txt", "쪽"), (f"{path}!/뒤.txt", "뒤")]


def test_an_archive_two_levels_deep_is_refused_by_name(tmp_path):
    deep = zipped([("a.txt", "깊이\n")])
    path = tmp_path / "a.zip"
    path.write_bytes(zipped([("b.zip", zipped([("c.zip", deep), ("d.txt", "가\n")])), ("e.txt", "나\n")]))
    done = malmoi("cat", path)
    assert done.stdout.decode() == "가\n나\n"
    assert f"{path}!/b.zip!/c.zip: byte " in done.stderr.decode()


def test_names_in_cp949_are_understood(tmp_path):
    name = "한글 폴더/뷁.txt"
    stored = zipped([("x" * len(name.encode("cp949")), "가\n")])
    # zipfile cannot write such names itself.
    stored = stored.replace(b"x" * len(name.encode("cp949")), name.encode("cp949"))
    path = tmp_path / "a.zip"
    path.write_bytes(stored.replace(b"x", b"x"))
    found = sources_of(path, "--input-format", "text")
    assert found == [(f"{path}!/{name}", "가")]


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar_of_every_kind(tmp_path, format):
    name = "가" * 20 + "/" + "나" * 20 + ".txt"
    path = tmp_path / "a.tar"
    path.write_bytes(tarred([(name, "글\n".encode())], format=format))
    assert sources_of(path) == [(f"{path}!/{name}", "글")]


@pytest.mark.parametrize("method", [
    zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_of_every_method(tmp_path, method):
    lines = lines_of(500)
    path = tmp_path / "a.zip"
    path.write_bytes(zipped([("a.txt", text_of(lines)), ("b.txt", "끝\n")], method))
    assert documents_of(path) == lines + ["끝"]


def test_zip_written_to_a_pipe(tmp_path):
    """Sizes stand behind the members, not before."""

    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *_):
            raise io.UnsupportedOperation

        def tell(self):
            raise io.UnsupportedOperation

    buffer = Pipe()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", text_of(lines_of(500)))
        archive.writestr("b.txt", "끝\n")
    path = tmp_path / "a.zip"
    path.write_bytes(buffer.getvalue())
    assert documents_of(path) == lines_of(500) + ["끝"]


@pytest.mark.parametrize("container", CONTAINERS)
def test_an_archive_cut_anywhere_gives_the_members_before(tmp_path, container):
    members = [(f"{number}.txt", text_of(lines_of(20, number))) for number in range(4)]
    stored = packed(container, members)
    everything = text_of([line for number in range(4) for line in lines_of(20, number)])
    cuts = range(600 if container == "tar" else 40, len(stored) - 1, max(7, len(stored) // 300))
    found = sweep(tmp_path / "cuts", [stored[:cut] for cut in cuts])
    for cut, (text, is_told) in zip(cuts, found):
        assert everything.startswith(text), cut
        # Behind the last member stand the directory of a zip and the padding of a tar.
        assert is_told or text == everything, cut


@pytest.mark.parametrize("container", [name for name in CONTAINERS if name != "tar"])
def test_no_flipped_bit_of_an_archive_passes_unnoticed(tmp_path, container):
    """But for a plain tar, which has no checksum of what its members hold."""
    members = [(f"{number}.txt", text_of(lines_of(30, number))) for number in range(3)]
    stored = packed(container, members)
    expected = b"".join(content for _, content in members)
    variants = list(flipped(stored, 300, 4))
    for number, (text, is_told) in enumerate(sweep(tmp_path / "flips", variants, "--charset", "utf-8")):
        is_other = variants[number][:6] != stored[:6]
        assert text == expected or is_told or is_other, number


def test_a_damaged_member_does_not_hide_the_next(tmp_path):
    stored = zipped([("a.txt", "가나다\n"), ("b.txt", "라\n")], zipfile.ZIP_STORED)
    path = tmp_path / "a.zip"
    path.write_bytes(stored.replace("가나다".encode(), "가나라".encode()))
    done = malmoi("cat", path, code=1)
    assert done.stdout.decode().endswith("라\n")
    assert f"{path}!/a.txt" in done.stderr.decode() or f"{path}: " in done.stderr.decode()


def test_encrypted_members_are_refused_by_name(tmp_path):
    path = tmp_path / "a.7z"
    with py7zr.SevenZipFile(path, "w", password="열쇠") as archive:
        archive.writestr("비밀\n", "비밀.txt")
    done = malmoi("cat", path, code=None)
    assert done.stdout == b"" and done.returncode in (0, 1)
    assert "ncrypt" in done.stderr.decode()
    # The flag of traditional encryption in a zip's headers.
    stored = bytearray(zipped([("비밀.txt", "가\n"), ("b.txt", "나\n")], zipfile.ZIP_STORED))
    stored[6] |= 1
    path = tmp_path / "a.zip"
    path.write_bytes(stored)
    done = malmoi("cat", path)
    assert done.stdout.decode() == "나\n"
    assert f"{path}!/비밀.txt: byte" in done.stderr.decode()
    assert "is encrypted; decrypt the archive first" in done.stderr.decode()


def test_no_name_leads_out_of_an_archive(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped([("../../up.txt", "가\n"), ("/abs.txt", "나\n")]))
    before = sorted(tmp_path.rglob("*"))
    assert malmoi("cat", path).stdout.decode() == "가\n나\n"
    assert sorted(tmp_path.rglob("*")) == before


def test_patterns_leave_members_out(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped([("원천/a.txt", "가\n"), ("라벨/a.txt", "나\n"), ("라벨/b.txt", "다\n")]))
    assert documents_of(path, "--exclude", "*/라벨/*") == ["가"]
    assert documents_of(path, "--exclude", "a.txt") == ["다"]


def test_the_manifest_has_the_archive_and_counts_its_members(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped([
        ("a.txt", "나는 밥을 먹는다\n" * 20), ("b.txt", ("너는 국을 먹는다\n" * 20).encode("cp949")),
        ("c.md", "x")]))
    malmoi("train", path, "--vocab-size", 300, "--output", tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["inputs"] == [{
        "path": str(path), "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "documents": 40,
        "found": {"members": 2, "cp949": 1, "utf-8": 1, "ignored_members": 1}}]


# ---- Guards ----


def test_long_records_are_rejected_and_counted(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"short\n" + b"x" * 5000 + b"\nlast\n"))
    done = malmoi("cat", path, "--max-document-bytes", "4096")
    assert done.stdout == b"short\nlast\n"
    assert done.stderr.decode() == (
        "malmoi: 1 records rejected:\n"
        f"  {path}:2: record longer than 4096 bytes\n")


@pytest.mark.parametrize("codec", ["gz", "xz", "zst", "zip"])
def test_a_bomb_is_stopped_unless_it_is_wanted(tmp_path, codec):
    line = b"0" * 8191 + b"\n"
    content = line * (400 << 20 >> 13)
    path = tmp_path / "bomb"
    path.write_bytes(zipped([("a.txt", content)]) if codec == "zip" else CODECS[codec](content))
    done = malmoi("cat", path, "--max-expansion", "200", code=1)
    assert len(done.stdout) < len(content)
    assert "expands to more than 200 times its size; pass --max-expansion 0" in done.stderr.decode()
    assert len(malmoi("cat", path, "--max-expansion", "0").stdout) == len(content)
