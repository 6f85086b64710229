# SPDX-License-Identifier: Apache-2.0
"""Trains with one peer, in a process of its own; started by train_bench and encode_bench."""

import argparse
import json
import time
from pathlib import Path
from typing import Callable, Iterator

from tokenizer_json import ALPHABET


def train_tokenizers(text: Path, vocabulary_size: int, threads: int, output: Path) -> None:
    """Hugging Face tokenizers; RAYON_NUM_THREADS holds the number of threads."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size, min_frequency=0, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train([str(text)], trainer)
    tokenizer.save(str(output))


def train_gigabpe(text: Path, vocabulary_size: int, threads: int, output: Path) -> None:
    """gigabpe; its default would cut at white space only and would add special tokens."""
    import gigabpe
    gigabpe.train_tokenizer([str(text)], vocabulary_size, str(output), special_tokens=[],
                            min_frequency=0, pretokenizer="bytelevel", threads=threads)


def train_gigatoken(text: Path, vocabulary_size: int, threads: int, output: Path) -> None:
    """gigatoken's trainer, which returns the merges; RAYON_NUM_THREADS holds the threads."""
    import gigatoken
    _, merges = gigatoken.train_bpe(str(text), vocabulary_size, [], separator=b"\n")
    symbols = {byte: symbol for symbol, byte in ALPHABET.items()}
    pairs = [["".join(symbols[byte] for byte in side) for side in pair] for pair in merges]
    output.write_text(json.dumps({"model": {"merges": pairs}}), encoding="utf-8")


def train_sentencepiece(text: Path, vocabulary_size: int, threads: int, output: Path) -> None:
    """sentencepiece BPE over characters, with bytes for the rare ones; no line is left out."""
    import sentencepiece
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(output), model_type="bpe", vocab_size=vocabulary_size,
        byte_fallback=True, character_coverage=0.9995, normalization_rule_name="identity",
        max_sentence_length=1 << 24, num_threads=threads, minloglevel=2)


def train_kiwi(text: Path, vocabulary_size: int, threads: int, output: Path) -> None:
    """kiwipiepy's trainer, with all the boundaries that it knows."""
    from kiwipiepy import Kiwi
    from kiwipiepy.bpe_trainer import train_bpe_tokenizer
    train_bpe_tokenizer(
        str(output), lines_of(text), vocabulary_size, pretokenize_j=True, pretokenize_e=True,
        pretokenize_vcp=True, pretokenize_xsv=True, kiwi=Kiwi(num_workers=threads),
        num_workers=0 if threads == 1 else threads, show_progress=False)


#: GPT-2's pattern as the regex libraries of rustbpe and bpeasy take it.
GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def lines_of(text: Path) -> Iterator[str]:
    """The lines of a text with their ends, one at a time."""
    with open(text, encoding="utf-8", newline="\n") as lines:
        yield from lines


def train_rustbpe(text: Path, vocabulary_size: int, threads: int, output: Path) -> None:
    """rustbpe; of equal pairs it takes others, so its merges are not compared."""
    import rustbpe
    tokenizer = rustbpe.Tokenizer()
    tokenizer.train_from_iterator(lines_of(text), vocabulary_size, pattern=GPT2_PATTERN)
    output.write_text(json.dumps({"tokens": len(tokenizer.get_mergeable_ranks())}))


def train_bpeasy(text: Path, vocabulary_size: int, threads: int, output: Path) -> None:
    """bpeasy; of equal pairs it takes others, so its merges are not compared."""
    import bpeasy
    ranks = bpeasy.train_bpe(lines_of(text), GPT2_PATTERN, 128, vocabulary_size)
    output.write_text(json.dumps({"tokens": len(ranks)}))


TRAINERS: dict[str, Callable[[Path, int, int, Path], None]] = {
    "tokenizers": train_tokenizers,
    "gigabpe": train_gigabpe,
    "gigatoken": train_gigatoken,
    "sentencepiece": train_sentencepiece,
    "rustbpe": train_rustbpe,
    "bpeasy": train_bpeasy,
    "kiwi": train_kiwi,
}


def main() -> None:
    """Trains, and prints how long the call took without the start of the interpreter."""
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=TRAINERS)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--vocab-size", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    start = time.perf_counter()
    TRAINERS[arguments.peer](
        arguments.text, arguments.vocab_size, arguments.threads, arguments.output)
    print("\n" + json.dumps({"seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main()
