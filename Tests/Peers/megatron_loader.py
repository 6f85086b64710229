#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds, or finds, the indexes of Megatron-core's GPTDataset with its own code.

    megatron_loader.py < CASES

A case is a line of JSON: prefix, cache, seed, length, split or whole, samples, tokenizer (a path and
arguments), extra, drop, and find. The answer is a line of JSON: what is refused, or the identifiers of the
tokenizer and the ids of the first samples of each split. With "find" the indexes must be there: what would
write them is taken away. Torch is only mentioned by this code: empty modules in its place are enough.
"""
import importlib
import json
import logging
import sys
import warnings

import empty_torch


def install_stubs():
    """Imports of the packages' own files, without torch and without their __init__."""
    empty_torch.install_torch()
    empty_torch.install_package(
        "megatron", "core", "core.datasets", "core.tokenizers", "core.tokenizers.text",
        "core.tokenizers.text.libraries", "core.tokenizers.text.models")
    empty_torch.install("megatron.core.utils", log_single_rank=lambda *arguments, **options: None)


install_stubs()
import numpy  # noqa: E402


def module(name):
    return importlib.import_module(f"megatron.core.{name}")


base = module("tokenizers.base_tokenizer").MegatronTokenizerBase
sys.modules["megatron.core.tokenizers"].MegatronTokenizerBase = base
null = module("tokenizers.text.libraries.null_tokenizer").NullTokenizer


class AnyTokenizer(null):
    """No tokenizer, which takes any arguments."""

    def __init__(self, vocab_size, **others):
        super().__init__(vocab_size)


sys.modules["megatron.core.tokenizers.text.libraries"].NullTokenizer = AnyTokenizer
Tokenizer = module("tokenizers.text.models.default_tokenizer").DefaultTokenizerText
gpt = module("datasets.gpt_dataset")
builder = module("datasets.blended_megatron_dataset_builder")


def datasets(case):
    tokenizer = Tokenizer(case["tokenizer"], {"library": "null"}, **case["arguments"])
    blend = ([case["prefix"]], None)
    if case["split"] is None:
        names = ["train", "valid", "test"]
        division = {"blend_per_split": [blend if name == case["whole"] else None for name in names]}
    else:
        division = {"blend": blend, "split": case["split"]}
    config = gpt.GPTDatasetConfig(
        random_seed=case["seed"], sequence_length=case["length"], path_to_cache=case["cache"],
        reset_position_ids=False, reset_attention_mask=False, eod_mask_loss=False, tokenizer=tokenizer,
        add_extra_token_to_sequence=case["extra"],
        drop_last_partial_validation_sequence=case["drop"], **division)
    made = builder.BlendedMegatronDatasetBuilder(
        gpt.GPTDataset, case["samples"], lambda: True, config).build()
    return tokenizer, made


def answer(case):
    try:
        tokenizer, made = datasets(case)
    except AssertionError:
        return {"refused": True}
    samples = [
        None if dataset is None else [
            dataset._query_document_sample_shuffle_indices(number)[0].tolist()
            for number in range(min(len(dataset), 5))]
        for dataset in made]
    return {"tokenizer": tokenizer.unique_identifiers, "samples": samples}


def refuse(*arguments, **options):
    raise RuntimeError("the indexes were not found")


if __name__ == "__main__":
    logging.disable()
    warnings.simplefilter("ignore")
    save = numpy.save
    for line in sys.stdin:
        case = json.loads(line)
        numpy.save = refuse if case["find"] else save
        print(json.dumps(answer(case)), flush=True)
