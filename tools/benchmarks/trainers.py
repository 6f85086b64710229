# SPDX-License-Identifier: Apache-2.0
"""Trains with one peer, in a process of its own; started by train_bench and encode_bench."""

import argparse
import json
import time
from pathlib import Path
from typing import Callable

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


TRAINERS: dict[str, Callable[[Path, int, int, Path], None]] = {
    "tokenizers": train_tokenizers,
    "gigabpe": train_gigabpe,
    "gigatoken": train_gigatoken,
    "sentencepiece": train_sentencepiece,
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
