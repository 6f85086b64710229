# SPDX-License-Identifier: Apache-2.0
"""The tables of `tools/bench encode`, and the claims that a run holds or does not."""

import argparse
from statistics import median

from encode_rows import Case, Group, Row
from report import Result, counted, cpu, middle, raw_rows, spread, table, wall
from report import ratios as ratios_of
from texts import KOREAN

MEMORY = ["row", "stream MB", "MB/s CPU", "CPU ÷ malmoi's", "wall ÷ malmoi's", "warm MB/s CPU",
          "CPU ÷ malmoi's", "wall ÷ malmoi's", "peak MiB", "÷ malmoi's", "ids agree"]
PROCESS = ["whole process", "MB", "wall s", "CPU s", "CPU ÷ malmoi's", "wall ÷ malmoi's",
           "peak MiB", "÷ malmoi's", "ids agree"]
JOB = ["whole job", "MB", "wall s", "CPU s", "MB/s", "MB/s CPU"]
#: The stages that a job cannot do without; "read" is malmoi's own decompression, hash and cutting.
STAGES = ["decompress", "parse", "encode", "write"]


def peak(run) -> float:
    """The peak of memory of a run in bytes."""
    return run.peak_bytes


def pairs(row: Row | None, ours: Row, kind: str, value) -> list[float]:
    """The ratios of the rounds that both have."""
    if row is None or kind not in row.runs or kind not in ours.runs:
        return []
    return ratios_of(row.runs[kind], ours.runs[kind], value)


def quotient(row: Row, ours: Row, kind: str, value) -> str:
    """The same in words; nothing for malmoi itself."""
    values = [] if row is ours else pairs(row, ours, kind, value)
    return spread(values) if values else ""


def rate(row: Row, kind: str, value) -> str:
    """MB/s, the median over the rounds."""
    runs = row.runs.get(kind)
    return f"{row.text.megabytes / max(middle(runs, value), 1e-9):.1f}" if runs else ""


# ---- Tables ----


def memory_table(case: Case) -> str:
    """The encoder alone: first passes and later passes side by side."""
    rows = []
    by_kind = {group.kind: group for group in case.groups}
    for kind, warm_kind in [("stream", "warm"), ("slow", "slow")]:
        group, warm = by_kind.get(kind), by_kind.get(warm_kind)
        if group is None:
            continue
        for row in group.rows:
            later = warm.row(row.name) if warm else None
            rows.append(memory_cells(row, group, later, warm))
    return table(MEMORY, rows, left=[0, 10]) if rows else ""


def memory_cells(row: Row, group: Group, later: Row | None, warm: Group | None) -> list[str]:
    """One row of that table."""
    if row.error:
        return [row.name, f"not measured: {row.error}"]
    cells = [row.name, f"{row.text.megabytes:.0f}", rate(row, "stream", cpu),
             quotient(row, group.malmoi, "stream", cpu), quotient(row, group.malmoi, "stream", wall)]
    if later is None or warm is None or later.error:
        cells += ["", "", ""]
    else:
        cells += [rate(later, "warm", cpu), quotient(later, warm.malmoi, "warm", cpu),
                  quotient(later, warm.malmoi, "warm", wall)]
    verdicts = [row.verdict] + ([later.verdict] if later else [])
    verdict = next((one for one in verdicts if one.startswith("no")), row.verdict)
    return cells + [f"{middle(row.runs['stream'], peak) / 2**20:.0f}",
                    quotient(row, group.malmoi, "stream", peak), verdict]


def process_table(group: Group) -> str:
    """From a file to files."""
    rows = []
    for row in group.rows:
        name = row.name if row is group.malmoi else f"{row.name} + NumPy"
        if row.error:
            rows.append([name, f"not measured: {row.error}"])
            continue
        runs = row.runs["process"]
        rows.append([
            name, f"{row.text.megabytes:.0f}", f"{middle(runs, wall):.2f}",
            f"{middle(runs, cpu):.2f}", quotient(row, group.malmoi, "process", cpu),
            quotient(row, group.malmoi, "process", wall), f"{middle(runs, peak) / 2**20:.0f}",
            quotient(row, group.malmoi, "process", peak), row.verdict])
    return table(PROCESS, rows, left=[0, 8])


def job_table(case: Case, group: Group) -> str:
    """The job and its stages, and how much of what the stages allow the job reaches."""
    row = group.malmoi
    if row.error:
        return table(JOB, [["malmoi encode", f"not measured: {row.error}"]], left=[0])
    names = {"job": "malmoi encode", "decompress": "  zstd -dc alone", "parse": "  parsing alone",
             "encode": "  encoding alone", "write": "  writing alone",
             "read": "  (malmoi's reading alone)", "decode": "  (decoding alone)"}
    rows = [[name, f"{row.text.megabytes:.0f}", f"{middle(row.runs[kind], wall):.2f}",
             f"{middle(row.runs[kind], cpu):.2f}", rate(row, kind, wall), rate(row, kind, cpu)]
            for kind, name in names.items() if kind in row.runs]
    fractions = (f"rate ÷ that of the four stages in a row: CPU {spread(job_fractions(row, cpu, 1))}"
                 f", wall {spread(job_fractions(row, wall, case.threads))}"
                 + (f" (stages divided by {case.threads} threads)" if case.threads > 1 else ""))
    return table(JOB, rows, left=[0]) + "\n" + fractions


def job_fractions(row: Row, value, threads: int) -> list[float]:
    """For each round, the time of the stages one after the other by that of the job."""
    if row.error or "job" not in row.runs:
        return []
    return [sum(value(row.runs[stage][number]) for stage in STAGES) / threads / value(job)
            for number, job in enumerate(row.runs["job"])]


def case_text(case: Case, arguments: argparse.Namespace) -> str:
    """All tables of one case."""
    size = f" ({case.vocabulary_size:,} ids)" if case.vocabulary_size else ""
    parts = [f"## {case.title}{size}, median of {counted(arguments.rounds, 'round')} (min..max)",
             f"stream: {case.groups[0].text.description}"]
    memory = memory_table(case)
    if memory:
        parts.append(memory)
    for group in case.groups:
        if group.kind == "process":
            parts.append(process_table(group))
        elif group.kind == "job":
            parts.append(job_table(case, group))
    return "\n\n".join(parts)


def scaling(cases: list[Case]) -> list[str]:
    """How much less wall time more threads take, where both were measured."""
    lines = []
    for one in cases:
        for other in cases:
            same = (one.corpus, one.vocabulary) == (other.corpus, other.vocabulary)
            if not same or (one.threads, other.threads) != (1, 2):
                continue
            gains = []
            for alone, together in zip(one.groups, other.groups):
                kind = "stream" if alone.kind == "slow" else alone.kind
                for row, faster in zip(alone.rows, together.rows):
                    if kind in row.runs and kind in faster.runs:
                        gain = spread(ratios_of(row.runs[kind], faster.runs[kind], wall))
                        gains.append(f"{row.name} {kind} {gain}")
            lines.append(f"1 → 2 threads, wall, {one.corpus}, {one.vocabulary}: " + "; ".join(gains))
    return lines


# ---- Claims ----

#: Corpora, vocabularies, peer, kind, least ratio of CPU time; one core.
CLAIMS = [
    ("Korean, stream", KOREAN, ["ko32k", "ko64k"], "gigatoken", "stream", 5),
    ("Korean, warm", KOREAN, ["ko32k", "ko64k"], "gigatoken", "warm", 2),
    ("Korean, stream", KOREAN, ["ko32k", "ko64k"], "tokenizers", "slow", 50),
    ("Korean, stream", KOREAN, ["ko32k", "ko64k"], "tiktoken", "slow", 14),
    ("Korean, o200k, stream", KOREAN, ["o200k"], "gigatoken", "stream", 4),
    ("English and code, stream", ["english", "code"], ["gpt2", "cl100k", "o200k"], "gigatoken",
     "stream", 1),
    ("Korean, whole process", KOREAN, ["ko32k", "ko64k"], "gigatoken", "process", 3),
]
#: A claim about Korean text never seen wants at least so many MB of it.
STREAM_MB = 250


def bars(cases: list[Case]) -> list[str]:
    """Each claim, for each case it speaks of, and whether this run holds it."""
    lines = []
    single = [case for case in cases if case.threads == 1]
    for title, corpora, vocabularies, peer, kind, least in CLAIMS:
        found = False
        for case in single:
            group = next((one for one in case.groups if one.kind == kind), None)
            if case.corpus not in corpora or case.vocabulary not in vocabularies or group is None:
                continue
            timed = {"slow": "stream"}.get(kind, kind)
            values = pairs(group.row(peer), group.malmoi, timed, cpu)
            where = f"{title}, CPU vs {peer} ≥ {least}× [{case.corpus}, {case.vocabulary}]"
            note = ""
            if kind == "stream" and corpora is KOREAN and group.text.megabytes < STREAM_MB:
                note = f" (on {group.text.megabytes:.0f} MB only: no proof)"
            lines.append(judged(where, values, least) + note)
            found = True
            if kind == "process":
                memory = pairs(group.row(peer), group.malmoi, kind, peak)
                lines.append(judged(where.replace("CPU", "peak memory"), memory, least))
        if not found:
            lines.append(f"not measured  {title}, vs {peer} ≥ {least}×")
    jobs = [(case, group) for case in single for group in case.groups if group.kind == "job"]
    for case, group in jobs:
        lines.append(judged(f"whole job ÷ its stages, CPU ≥ 0.8 [{case.corpus}, {case.vocabulary}]",
                            job_fractions(group.malmoi, cpu, 1), 0.8))
        rates = [group.text.megabytes / cpu(one) for one in group.malmoi.runs.get("decode", [])]
        lines.append(judged(f"decoding, MB/s CPU ≥ 1,000 [{case.corpus}, {case.vocabulary}]",
                            rates, 1000))
    if not jobs:
        lines.append("not measured  whole job ÷ its stages ≥ 0.8")
        lines.append("not measured  decoding ≥ 1,000 MB/s")
    return lines


def judged(claim: str, values: list[float], least: float) -> str:
    """One claim in one line."""
    if not values:
        return f"not measured  {claim}"
    word = "holds" if median(values) >= least else "DOES NOT HOLD"
    return f"{word:13} {claim}: {spread(values)}"


# ---- All of it ----


def result(
    cases: list[Case], arguments: argparse.Namespace, exact: list[str]
) -> Result:
    """The text, the record and the verdict of a whole run."""
    text = [case_text(case, arguments) for case in cases]
    lines = scaling(cases)
    if lines:
        text.append("\n".join(lines))
    claims = bars(cases)
    if arguments.bars:
        text.append("\n".join(claims))
    rows = [row for case in cases for group in case.groups for row in group.rows]
    malmoi_ran = any(row.runs for row in rows if row.name == "malmoi")
    agrees = malmoi_ran and not any(
        row.verdict.startswith("no:") for row in rows if row.name in ["malmoi", *exact])
    return Result("\n\n".join(text), {"cases": [record(case) for case in cases], "bars": claims},
                  agrees)


def record(case: Case) -> dict:
    """A case for the JSON file: every run of every row."""
    groups = []
    for group in case.groups:
        rows = [{"row": row.name, "error": row.error, "ids_agree": row.verdict,
                 "runs": {kind: raw_rows({row.name: runs}) for kind, runs in row.runs.items()}}
                for row in group.rows]
        groups.append({"kind": group.kind, "bytes": group.text.bytes,
                       "text": group.text.description, "documents": group.text.documents,
                       "rows": rows})
    return {"corpus": case.corpus, "vocabulary": case.vocabulary, "threads": case.threads,
            "vocabulary_size": case.vocabulary_size, "groups": groups}
