#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes deepspeed.json: the SHA-256 of every file that DeepSpeed's own DataAnalyzer writes for two sets of
documents.

    pip download --no-deps --no-binary :all: --no-build-isolation deepspeed==0.16.4  # needs setuptools, wheel
    tar xzf deepspeed-0.16.4.tar.gz
    make_deepspeed_goldens.py deepspeed-0.16.4 > deepspeed.json

Needs numpy. The analyzer asks torch only for what NumPy has too, given here under torch's names. The metrics
are those of Megatron-DeepSpeed's examples_deepspeed/data_efficiency/analyze_data.py.
"""
import hashlib
import importlib
import json
import logging
import pathlib
import sys
import tempfile
import types

import numpy


class Tensor(numpy.ndarray):
    def __getitem__(self, index):
        return numpy.asarray(super().__getitem__(index)).view(Tensor)

    def size(self):
        return self.shape

    def numpy(self):
        return numpy.asarray(self)

    def add_(self, other):
        self += other


def install(name, **contents):
    module = sys.modules[name] = types.ModuleType(name)
    vars(module).update(contents)
    return module


def data_loader(dataset, batch_sampler, **options):
    for start in range(0, len(dataset), batch_sampler):
        yield dataset[start:start + batch_sampler]


def install_stubs(source):
    data = install(
        "torch.utils.data", Dataset=object, DataLoader=data_loader,
        Subset=lambda dataset, indices: [dataset[index] for index in indices],
        SequentialSampler=lambda dataset: dataset,
        BatchSampler=lambda sampler, batch_size, drop_last: batch_size)
    install(
        "torch", utils=install("torch.utils", data=data), Tensor=Tensor, long=numpy.int64,
        is_tensor=lambda value: isinstance(value, Tensor),
        from_numpy=lambda array: array.view(Tensor),
        tensor=lambda values, dtype=None: numpy.array(values, dtype).view(Tensor),
        **{name: object() for name in ("uint8", "int8", "int16", "int32", "int64")})
    for name in (
            "deepspeed", "deepspeed.runtime", "deepspeed.runtime.data_pipeline",
            "deepspeed.runtime.data_pipeline.data_sampling"):
        install(name, __path__=[str(source.joinpath(*name.split(".")))])
    sys.modules["deepspeed"].comm = install("deepspeed.comm", barrier=lambda **options: None)
    logger = logging.getLogger("deepspeed")
    logger.setLevel(logging.ERROR)
    install("deepspeed.utils", logger=logger)
    name = "deepspeed.runtime.data_pipeline.data_sampling.data_analyzer"
    return importlib.import_module(name).DataAnalyzer


def documents(count, longest, vocabulary):
    """The documents that the test makes, too."""
    return [
        numpy.array([(i * 7 + j * j) % vocabulary for j in range(i * 37 % longest)], numpy.int64)
        for i in range(count)]


def analyse(analyzer, dataset, vocabulary, directory):
    def run(name, function, kind):
        analyzer(
            dataset, batch_size=64, metric_names=[name], metric_functions=[function],
            metric_types=[kind], metric_dtypes=[numpy.int64], save_path=str(directory)
        ).run_map_reduce()

    run("total_vocab_freq", lambda batch: numpy.bincount(
        numpy.concatenate(batch), minlength=vocabulary).astype(numpy.int64).view(Tensor),
        "accumulate_value_over_samples")
    counts = sum(numpy.bincount(document, minlength=vocabulary) for document in dataset)
    counts[counts == 0] = 1
    rarity = numpy.log(counts / sum(counts)) * -1
    run("vocab_rarity", lambda batch: numpy.array(
        [int(numpy.sum(rarity[document])) for document in batch], numpy.int64).view(Tensor),
        "single_value_per_sample")
    run("seqlen", lambda batch: numpy.array(
        [len(document) for document in batch], numpy.int64).view(Tensor), "single_value_per_sample")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    stdout, sys.stdout = sys.stdout, sys.stderr
    analyzer = install_stubs(pathlib.Path(sys.argv[1]))
    found = {}
    for name, count, longest, vocabulary in [("small", 90, 31, 50), ("large", 450, 431, 300)]:
        with tempfile.TemporaryDirectory() as directory:
            analyse(analyzer, documents(count, longest, vocabulary - 7), vocabulary, pathlib.Path(directory))
            for path in sorted(pathlib.Path(directory).glob("*/*.*")):
                if "_thread" not in path.name:
                    key = f"{name}/{path.relative_to(directory)}"
                    found[key] = hashlib.sha256(path.read_bytes()).hexdigest()
    print(json.dumps(found, indent=2), file=stdout)


if __name__ == "__main__":
    main()
