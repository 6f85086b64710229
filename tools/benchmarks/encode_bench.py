# SPDX-License-Identifier: Apache-2.0
"""`tools/bench encode`: the same documents, the same vocabulary, malmoi and its peers in turn."""

import argparse
import sys
from pathlib import Path

import chart
import encode_report
from encode_rows import (
    Case, Group, Row, compare_files, fingerprint, first_different_document, later_pass, pass_run)
from measure import BenchError, Run, apart, run, run_worker, warm_up
from report import Result
from texts import (
    CACHE, KOREAN, MALMOI, TIMER, Text, compressed_form, corpus_path, cut, in_blocks,
    in_memory_form, known_corpora, prepare, stream)
from vocabularies import TRAINED, Vocabulary, size_of, vocabulary

#: The peers, and whether they encode only --slow-mb of the text.
PEERS = {"gigatoken": False, "tokie": False, "splintr": False, "kitoken": True, "tiktoken": True,
         "tokenizers": True, "sentencepiece": True}
#: Peers whose ids are what malmoi's must be; others that differ are told, and no failure.
EXACT = ["tokenizers", "tiktoken", "gigatoken"]
#: sentencepiece trains on no more, so that the first run of the bench does not take minutes.
SENTENCEPIECE_MB = 20
#: Passes after the first over the text of `warm`, and over that of slow peers.
LATER_PASSES, SLOW_LATER_PASSES = 3, 1


class EncodeBench:
    """The settings of one `tools/bench encode`, and its cases."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.cases: list[Case] = []
        korean = [name for name in known_corpora() if name in KOREAN]
        self.training_text = prepare(corpus_path(korean[0] if korean else "sample"))
        self.output = CACHE / "encoded"
        self.output.mkdir(parents=True, exist_ok=True)

    def run(self) -> None:
        """All cases, one after the other; in each, every row once, then every row again."""
        warm_up(str(MALMOI))
        for corpus in self.arguments.corpus:
            texts = self.texts(corpus)
            for name in self.arguments.vocabulary:
                for threads in self.arguments.threads:
                    self.cases.append(self.case(corpus, name, threads, texts))

    def texts(self, corpus: str) -> dict[str, Text]:
        """The texts of a corpus, by what is timed on them."""
        size = self.arguments.document_bytes
        lines = stream(corpus, self.arguments.stream_mb)
        own = prepare(corpus_path(corpus))
        return {"stream": in_blocks(lines, size),
                "slow": in_blocks(cut(own, self.arguments.slow_mb), size),
                "warm": in_blocks(cut(own, self.arguments.warm_mb), size)}

    def case(self, corpus: str, name: str, threads: int, texts: dict[str, Text]) -> Case:
        """Measures one case."""
        try:
            words = vocabulary(name, self.training_text, max(self.arguments.threads))
        except BenchError as error:
            row = Row("malmoi", texts["stream"], error=str(error))
            return Case(corpus, name, None, threads, [Group("stream", texts["stream"], [row])])
        case = Case(corpus, words.name, size_of(words), threads)
        work = CaseRun(self, case, words, texts)
        for number in range(1, self.arguments.rounds + 1):
            work.number = number
            work.round()
        return case


class CaseRun:
    """The rounds of one case."""

    def __init__(self, bench: EncodeBench, case: Case, words: Vocabulary,
                 texts: dict[str, Text]) -> None:
        self.case, self.words, self.texts = case, words, texts
        self.arguments, self.output = bench.arguments, bench.output
        self.number = 0
        self.training_text = bench.training_text
        peers = self.arguments.peers
        if words.name not in TRAINED and "sentencepiece" in peers:
            peers = [name for name in peers if name != "sentencepiece"]
        fast = [name for name in peers if not PEERS[name]]
        slow = [name for name in peers if PEERS[name]]
        if "memory" in self.arguments.rows:
            self.add("stream", "stream", fast)
            self.add("warm", "warm", fast)
            if slow:
                self.add("slow", "slow", slow)
        if "process" in self.arguments.rows:
            self.add("process", "stream", [name for name in fast if name == "gigatoken"])
        if "job" in self.arguments.rows:
            self.add("job", "stream", [])

    def add(self, kind: str, text: str, peers: list[str]) -> None:
        """A group of rows over one of the texts."""
        text = self.texts[text]
        self.case.groups.append(Group(kind, text, [Row(name, text) for name in ["malmoi", *peers]]))

    def round(self) -> None:
        """Every row once."""
        for group in self.case.groups:
            for row in group.rows:
                if row.error:
                    continue
                if group.kind in ("stream", "warm", "slow"):
                    self.passes(group, row)
                elif group.kind == "process":
                    self.process(group, row)
                else:
                    self.job(row)
                self.note(group, row)

    def note(self, group: Group, row: Row) -> None:
        """Tells on standard error how far the rounds are."""
        last = [f"{kind} {runs[-1].cpu_seconds:.2f} s CPU" for kind, runs in row.runs.items()]
        print(f"{self.case.title}: round {self.number} of {self.arguments.rounds}: {group.kind}, "
              f"{row.name}, {row.text.megabytes:.0f} MB: {row.error or ', '.join(last)}",
              file=sys.stderr, flush=True)

    # ---- Text in memory ----

    def passes(self, group: Group, row: Row) -> None:
        """One process that passes over text in memory."""
        later = {"stream": 0, "warm": LATER_PASSES, "slow": SLOW_LATER_PASSES}[group.kind]
        result = self.encode_passes(row, 1 + later)
        if not result.error and len(result.records) != 1 + later:
            result.error = "a process did not tell its times"
        if result.error:
            row.error = result.error
            return
        if group.kind != "warm":
            row.add("stream", pass_run(result.records[0]))
        if later:
            row.add("warm", later_pass(result.records))
        self.judge(group, row, result.records)

    def encode_passes(self, row: Row, passes: int, write: Path | None = None) -> Run:
        """A process of malmoi or of a peer."""
        documents, ends = in_memory_form(row.text)
        threads = self.case.threads
        options = ["--text", str(documents), "--document-ends", str(ends),
                   "--threads", str(threads), "--passes", str(passes)]
        if write:
            options += ["--write", str(write)]
        if row.name == "malmoi":
            tokenizer = ["--tokenizer", str(self.words.malmoi), *self.words.options]
            return run([str(TIMER), *tokenizer, *options], threads, self.arguments.timeout)
        tokenizer = self.words.json
        if row.name == "sentencepiece":
            tokenizer, error = self.sentencepiece_model()
            if error:
                return Run(0, 0, 0, error=error)
        return run_worker("encoders.py", [row.name, "passes", "--tokenizer", str(tokenizer),
                                          *options], threads, self.arguments.timeout)

    def judge(self, group: Group, row: Row, records: list[dict]) -> None:
        """Compares every pass with malmoi's; where one differs, finds out in which document."""
        ours = group.malmoi
        if row is ours:
            group.reference = fingerprint(records[0])
            same = all(fingerprint(one) == group.reference for one in records)
            row.verdict = row.verdict if row.verdict.startswith("no") else (
                "" if same else "no: passes differ")
        elif row.name == "sentencepiece":
            row.verdict = "n/a"
        elif ours.error:
            row.verdict = "not compared"
        elif row.verdict.startswith("no"):
            return
        elif all(fingerprint(one) == group.reference for one in records):
            row.verdict = "yes"
        else:
            row.verdict = self.difference(ours, row)

    def difference(self, ours: Row, row: Row) -> str:
        """Has both write their ids, and finds the first document in which they differ."""
        paths = [self.output / "malmoi-difference", self.output / "peer-difference"]
        for one, path in zip([ours, row], paths):
            if self.encode_passes(one, 1, path).error:
                return "no: the digests of the ids differ"
        found = apart(lambda: first_different_document(*paths))
        return found if found != "yes" else "no: only now and then"

    def sentencepiece_model(self) -> tuple[Path, str | None]:
        """A sentencepiece model of as many pieces, trained on the beginning of the corpus."""
        text = cut(self.training_text, SENTENCEPIECE_MB)
        size = str(self.case.vocabulary_size)
        model = CACHE / "tokenizers" / f"{text.path.stem}-{size}.model"
        if model.exists():
            return model, None
        model.parent.mkdir(parents=True, exist_ok=True)
        options = ["--text", str(text.path), "--vocab-size", size, "--threads",
                   str(self.case.threads), "--output", str(model.with_suffix(""))]
        return model, run_worker("trainers.py", ["sentencepiece", *options], self.case.threads,
                                 self.arguments.timeout).error

    # ---- Whole processes ----

    def process(self, group: Group, row: Row) -> None:
        """From a plain text file to token files."""
        text, threads = group.text, self.case.threads
        if row.name == "malmoi":
            row.add("process", self.encode_command(text.path, "process", text.document_unit))
            return
        token_type = "uint16" if self.case.vocabulary_size <= 1 << 16 else "int32"
        prefix = self.output / row.name
        options = ["--text", str(text.path), "--documents", text.document_unit,
                   "--tokenizer", str(self.words.json), "--threads", str(threads),
                   "--id-type", token_type, "--write", str(prefix)]
        row.add("process", run_worker("encoders.py", [row.name, "whole", *options], threads,
                                      self.arguments.timeout))
        if not row.error and not row.verdict.startswith("no"):
            row.verdict = "not compared" if group.malmoi.error else compare_files(
                self.output / "process", prefix)

    def encode_command(self, path: Path, name: str, unit: str | None) -> Run:
        """A process of malmoi encode."""
        units = ["--documents", unit] if unit else []
        command = [str(MALMOI), "encode", str(path), "--tokenizer", str(self.words.malmoi),
                   *self.words.options, *units, "--threads", str(self.case.threads),
                   "--output", str(self.output / name), "--overwrite", "--json"]
        result = run(command, self.case.threads, self.arguments.timeout)
        result.report.pop("output", None)  # a path of this machine
        return result

    def job(self, row: Row) -> None:
        """From compressed JSON Lines to token files, and every stage of that alone."""
        path = apart(lambda: compressed_form(row.text))
        row.add("job", self.encode_command(path, "job", None))
        if row.error:
            return
        row.add("decompress", run(["zstd", "-dcq", str(path)], 1, self.arguments.timeout))
        stages = run([str(TIMER), "stages", "--tokenizer", str(self.words.malmoi),
                      *self.words.options, "--input", str(path),
                      "--output", str(self.output / "stages")], 1, self.arguments.timeout)
        if stages.error:
            row.error = stages.error
        for record in stages.records:
            row.add(record["stage"], Run(record["wall_seconds"], record["cpu_seconds"], 0, record))


def bench(arguments: argparse.Namespace) -> Result:
    """The command `encode`."""
    settings = EncodeBench(arguments)
    settings.run()
    if arguments.chart:
        chart.draw(settings.cases, arguments.chart)
    return encode_report.result(settings.cases, arguments, EXACT)
