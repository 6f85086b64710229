# SPDX-License-Identifier: Apache-2.0
"""Where tokens end in a text, beside the boundaries between its morphemes."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

import numpy

#: How often a particle must occur, to tell how regularly it is cut.
LEAST_OCCURRENCES = 20


@dataclass
class Sentences:
    """Documents, and the boundaries between their morphemes.

    Places are bytes of the UTF-8 of all documents one behind the other. Only those count that lie between
    two Hangul syllables of one eojeol, or inside of a syllable: elsewhere every pre-tokenizer cuts.
    """

    texts: list[str]
    #: Whether each place counts.
    inside: numpy.ndarray
    #: Whether it is a boundary.
    boundaries: numpy.ndarray
    #: Where each particle behind Hangul begins and ends.
    particles: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def eojeols(self) -> int:
        return sum(len(text.split()) for text in self.texts)

    def write(self, folder: Path) -> None:
        """The text and the ends of its documents, as malmoi-encode-benchmark takes them."""
        folder.mkdir(parents=True, exist_ok=True)
        encoded = [text.encode() for text in self.texts]
        (folder / "text").write_bytes(b"".join(encoded))
        numpy.cumsum([len(one) for one in encoded], dtype="<u8").tofile(folder / "ends")


def of_lines(lines: list[str]) -> Sentences:
    """Lines with a bar between morphemes, as `malmoi morphemes` prints them."""
    texts = [line.replace("|", "") for line in lines]
    starts, inside = places(texts)
    bars = numpy.flatnonzero(code_points("".join(lines)) == ord("|"))
    boundaries = numpy.zeros(len(inside), bool)
    boundaries[starts[bars - numpy.arange(len(bars))]] = True
    return Sentences(texts, inside, boundaries & inside)


def of_gold(path: Path) -> Sentences:
    """Sentences with gold morphemes; eojeols whose morphemes are no parts of the surface do not count."""
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    starts, hangul = places([record["text"] for record in records])
    known, boundaries = numpy.zeros(len(hangul), bool), numpy.zeros(len(hangul), bool)
    particles = defaultdict(list)
    offset = 0
    for record in records:
        for token in record["tokens"]:
            if token["aligned"]:
                edges = [int(starts[offset + token["start"] + edge])
                         for edge in (0, *token["cuts"], len(token["form"]))]
                known[edges[0] + 1:edges[-1]] = True
                boundaries[edges[1:-1]] = True
                for index, tag in list(enumerate(token["tags"]))[1:]:
                    # jp is the copula.
                    if tag.startswith("j") and tag != "jp" and hangul[edges[index]]:
                        particles[token["morphs"][index]].append((edges[index], edges[index + 1]))
        offset += len(record["text"])
    inside = known & hangul
    return Sentences([record["text"] for record in records], inside, boundaries & inside, dict(particles))


def places(texts: list[str]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Where each character of all texts begins, and their end; and of each place whether Hangul is around it."""
    letters = code_points("".join(texts))
    widths = 1 + (letters >= 0x80) + (letters >= 0x800) + (letters >= 0x10000)
    hangul = numpy.repeat((letters >= 0xAC00) & (letters <= 0xD7A3), widths)
    inside = numpy.zeros(len(hangul) + 1, bool)
    inside[1:-1] = hangul[:-1] & hangul[1:]
    inside[numpy.cumsum([len(text.encode()) for text in texts])] = False
    return numpy.concatenate([[0], numpy.cumsum(widths)]), inside


def code_points(text: str) -> numpy.ndarray:
    return numpy.frombuffer(text.encode("utf-32-le"), "<u4")


@dataclass
class Edges:
    """How the tokens of a text lie beside its morphemes."""

    tokens_per_eojeol: float
    bytes_per_token: float
    #: The share of tokens' edges that are boundaries, and of boundaries that are edges.
    precision: float
    recall: float
    #: The share of a particle's occurrences that are a token of their own, as a mean over particles.
    particle_consistency: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)


def compare(sentences: Sentences, lengths: numpy.ndarray) -> Edges:
    """The edges of tokens of these `lengths` in bytes, which make up the text."""
    edges = numpy.zeros(len(sentences.inside), bool)
    if lengths.sum() != len(edges) - 1:
        raise ValueError("the tokens are not those of the text")
    edges[numpy.cumsum(lengths)] = True
    found, both = edges & sentences.inside, edges & sentences.boundaries
    shares = [
        mean(bool(edges[start] and edges[end] and not edges[start + 1:end].any()) for start, end in where)
        for where in sentences.particles.values() if len(where) >= LEAST_OCCURRENCES]
    return Edges(
        tokens_per_eojeol=len(lengths) / sentences.eojeols,
        bytes_per_token=(len(edges) - 1) / len(lengths),
        precision=both.sum() / max(found.sum(), 1),
        recall=both.sum() / max(sentences.boundaries.sum(), 1),
        particle_consistency=mean(shares) if shares else float("nan"))
