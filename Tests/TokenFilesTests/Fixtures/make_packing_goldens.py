#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Remakes packing.json: what PackingPairsTests and PackingMiddleTests compare with.

    pip download --no-deps tf-models-official==2.14.2
    make_packing_goldens.py tf_models_official-2.14.2-py2.py3-none-any.whl

Sentence pairs are made by the create_pretraining_data of that wheel, which is given packing's random
numbers (SplitMix64) in place of Python's; what it imports and these functions do not use is left out.
Documents with moved middles are made by the rule of FillInTheMiddle's documentation, written anew.
"""

import json
import pathlib
import random
import sys
import types
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
MODULE = "official/nlp/data/create_pretraining_data.py"
PADDING, BEGIN, END, PREFIX, MIDDLE, SUFFIX, SENTENCE, CLS, SEP, MASK = range(10)
VOCABULARY = 1000
ALL = 2**64


class SplitMix64:
    """The generator of packing, with the names of random.Random."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) % ALL
        value = self.state
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % ALL
        value = (value ^ value >> 27) * 0x94D049BB133111EB % ALL
        return value ^ value >> 31

    def below(self, count):
        return self.next() * count >> 64

    def random(self):
        return (self.next() >> 11) * 2.0**-53

    def randint(self, low, high):
        return low + self.below(high - low + 1)

    def choice(self, values):
        return values[self.below(len(values))]

    def shuffle(self, values):
        for index in range(len(values) - 1, 0, -1):
            other = self.below(index + 1)
            values[index], values[other] = values[other], values[index]


def reference(code):
    """The functions of the module whose source is `code`."""
    anything = types.SimpleNamespace
    nothing = types.ModuleType("nothing")
    flags = anything(
        FLAGS=None, **{f"DEFINE_{kind}": lambda *_: None
                       for kind in ("string", "bool", "integer", "float")})
    absl = types.ModuleType("absl")
    absl.app, absl.flags, absl.logging = nothing, flags, nothing
    tools = types.ModuleType("official.nlp.tools")
    tools.tokenization = nothing
    sys.modules.update({
        "absl": absl, "tensorflow": nothing, "official": types.ModuleType("official"),
        "official.nlp": types.ModuleType("official.nlp"), "official.nlp.tools": tools})
    module = types.ModuleType("create_pretraining_data")
    exec(compile(code, MODULE, "exec"), module.__dict__)
    return module


def texts(rng, count, longest, with_sentences):
    """Random documents of ids."""
    def token():
        return SENTENCE if with_sentences and rng.random() < 0.2 else rng.randrange(10, VOCABULARY)
    lengths = [longest] + [rng.randrange(rng.choice([1, 4, longest // 2, longest]))
                           for _ in range(count - 1)]
    return [[token() for _ in range(length)] for length in lengths]


def sentences(document):
    found = [[]]
    for token in document:
        if token == SENTENCE:
            found.append([])
        else:
            found[-1].append(token)
    return [sentence for sentence in found if sentence]


def features(instance, ids, length, predictions):
    def padded(values, count):
        return values + [0] * (count - len(values))
    used = [ids(token) for token in instance.tokens]
    labels = [ids(token) for token in instance.masked_lm_labels]
    return {
        "input_ids": padded(used, length),
        "input_mask": padded([1] * len(used), length),
        "segment_ids": padded(list(instance.segment_ids), length),
        "masked_lm_positions": padded(list(instance.masked_lm_positions), predictions),
        "masked_lm_ids": padded(labels, predictions),
        "masked_lm_weights": padded([1] * len(labels), predictions),
        "next_sentence_labels": [1 if instance.is_random_next else 0],
    }


def pairs(module, rng, case):
    """A golden of sentence pairs: words are the tokens' names, ## before those that continue."""
    documents = texts(rng, case["count"], case["longest"], True)
    continuations = sorted(rng.sample(range(10, VOCABULARY), case["continuations"]))
    names = {CLS: "[CLS]", SEP: "[SEP]", MASK: "[MASK]"}
    names.update({token: f"##{token}" for token in continuations})
    words = [names.get(token, str(token)) for token in range(VOCABULARY)]
    numbers = {word: token for token, word in enumerate(words)}
    named = [[[words[token] for token in sentence] for sentence in sentences(document)]
             for document in documents]
    named = [document for document in named if document]
    generator = SplitMix64(case["seed"])
    instances = []
    for _ in range(case["repetitions"]):
        for index in range(len(named)):
            instances += module.create_instances_from_document(
                named, index, case["length"], case["percentages"][0] / 100,
                case["percentages"][1] / 100, case["predictions"], words, generator,
                bool(continuations))
    samples = [features(instance, numbers.__getitem__, case["length"], case["predictions"])
               for instance in instances]
    return {**case, "documents": documents, "continuations": continuations, "samples": samples}


def middles(rng, seed, edges):
    documents = [[BEGIN] * edges[0] + text + [END] * edges[1] for text in texts(rng, 40, 12, False)]
    samples = []
    for number, document in enumerate(documents):
        outer = SplitMix64(seed)
        generator = SplitMix64(SplitMix64((outer.next() + number) % ALL).next())
        text = document[edges[0]:len(document) - edges[1]]
        if text and generator.random() < 0.5:
            suffix_first = generator.random() < 0.5
            low, high = sorted(generator.below(len(text) + 1) for _ in range(2))
            prefix, middle, suffix = text[:low], text[low:high], text[high:]
            if suffix_first:
                text = [PREFIX, SUFFIX, *suffix, MIDDLE, *prefix, *middle]
            else:
                text = [PREFIX, *prefix, SUFFIX, *suffix, MIDDLE, *middle]
        samples.append(
            document[:edges[0]] + text + document[len(document) - edges[1]:])
    return {"seed": seed, "edges": edges, "documents": documents, "samples": samples}


def main():
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        module = reference(wheel.read(MODULE))
    rng = random.Random(20)
    cases = [
        {"count": count, "longest": longest, "length": length, "predictions": predictions,
         "repetitions": repetitions, "percentages": percentages, "continuations": continuations,
         "seed": seed}
        for seed, (count, longest, length, predictions, repetitions, percentages, continuations)
        in enumerate([
            (6, 40, 16, 3, 2, [10, 15], 0),
            (12, 40, 5, 2, 1, [100, 50], 0),
            (1, 60, 24, 5, 2, [0, 15], 0),
            (5, 60, 32, 8, 2, [50, 25], 400),
            (12, 40, 64, 20, 2, [10, 15], 700),
            (3, 90, 20, 2, 2, [30, 100], 990),
        ])
    ]
    goldens = {
        "pairs": [pairs(module, rng, case) for case in cases],
        "middles": [middles(rng, 10 + n, edges)
                    for n, edges in enumerate([[0, 0], [0, 1], [1, 1]])],
    }
    text = json.dumps(goldens, separators=(",", ":"))
    (HERE / "packing.json").write_text(text + "\n")
    print(f"packing.json: {len(text)} bytes,",
          ", ".join(str(len(golden["samples"])) for golden in goldens["pairs"]), "pairs")


if __name__ == "__main__":
    main()
