# SPDX-License-Identifier: Apache-2.0
"""Analyses lines with a morphological analyser, in a process of its own; started by morphology_bench."""

import argparse
import json
import time
from pathlib import Path


def mecab(lines: list[str]) -> tuple[float, list]:
    """mecab-ko itself: its lattice is made and searched, the package's objects for morphemes are not made."""
    from mecab import MeCab
    from mecab.utils import create_lattice
    tagger = MeCab()
    start = time.process_time()
    for line in lines:
        lattice = create_lattice(line)
        tagger._tagger.parse(lattice)
    return time.process_time() - start, []


def mecab_places(lines: list[str]) -> tuple[float, list]:
    """mecab-ko: where the morphemes of each line begin."""
    from mecab import MeCab
    tagger = MeCab()
    start = time.process_time()
    found = []
    for line in lines:
        places, place = [], 0
        for morpheme in tagger.parse(line):
            place = line.index(morpheme.surface, place)
            places.append(place)
            place += len(morpheme.surface)
        found.append(places)
    return time.process_time() - start, found


def kiwi(lines: list[str]) -> tuple[float, list]:
    """Kiwi, one thread."""
    from kiwipiepy import Kiwi
    analyser = Kiwi(num_workers=1)
    analyser.tokenize(lines[0])
    start = time.process_time()
    for line in lines:
        analyser.tokenize(line)
    return time.process_time() - start, []


ANALYSERS = {"mecab": mecab, "mecab-places": mecab_places, "kiwi": kiwi}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("analyser", choices=ANALYSERS)
    parser.add_argument("text", type=Path)
    parser.add_argument("output", type=Path, nargs="?")
    arguments = parser.parse_args()
    lines = arguments.text.read_text("utf-8").split("\n")[:-1]
    seconds, found = ANALYSERS[arguments.analyser](lines)
    if arguments.output:
        arguments.output.write_text("".join(json.dumps(places) + "\n" for places in found))
    print(json.dumps({"cpu_seconds": seconds, "bytes": arguments.text.stat().st_size}))


if __name__ == "__main__":
    main()
