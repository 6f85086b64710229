# SPDX-License-Identifier: Apache-2.0
"""The reference tokenizers."""
import base64
import functools
import json

import tiktoken
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

GPT2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def byte_level(model, normalizer=None):
    """A Hugging Face tokenizer as malmoi makes them."""
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def train(documents, size, special_tokens=(), minimum_frequency=1, normalizer=None):
    """Hugging Face's own tokenizer for `documents`."""
    tokenizer = byte_level(models.BPE(), normalizer)
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=minimum_frequency, special_tokens=list(special_tokens),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(documents, trainer)
    return tokenizer


def nfc():
    return normalizers.NFC()


def hugging_face_ids(tokenizer, texts):
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return [encoding.ids for encoding in encodings]


def ranks_of(path):
    """The contents of a rank file, as tiktoken's own loader reads it."""
    lines = (line.split() for line in path.read_bytes().splitlines() if line)
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def tiktoken_of(path, special_tokens=None, pattern=GPT2_PATTERN):
    return tiktoken.Encoding(
        "test", pat_str=pattern, mergeable_ranks=ranks_of(path),
        special_tokens=special_tokens or {})


@functools.cache
def byte_of_character():
    """GPT-2's alphabet: the byte that each of its 256 characters stands for."""
    kept = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in kept]
    table = {chr(byte): byte for byte in kept}
    table.update({chr(0x100 + place): byte for place, byte in enumerate(others)})
    return table


def spelled(token):
    """The bytes of a token of the byte-level alphabet."""
    table = byte_of_character()
    return bytes(table[character] for character in token)


def definition(directory):
    return json.loads((directory / "tokenizer.json").read_text())
