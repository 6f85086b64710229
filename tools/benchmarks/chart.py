# SPDX-License-Identifier: Apache-2.0
"""Draws the rates of `tools/bench encode` as bars."""

from pathlib import Path

from encode_rows import Case
from report import cpu, middle


def draw(cases: list[Case], path: Path) -> None:
    """One panel a case: MB/s of CPU time, first pass over text never seen and later passes."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        len(cases), 1, figsize=(8, 1 + 2.6 * len(cases)), squeeze=False, layout="constrained")
    for case, panel in zip(cases, panels[:, 0]):
        rates = rates_of(case)
        names = list(rates)
        for offset, kind, colour in [(-0.2, "stream", "#1f5fa8"), (0.2, "warm", "#a8c4e0")]:
            values = [rates[name].get(kind, 0) for name in names]
            bars = panel.barh([index + offset for index in range(len(names))], values, 0.4,
                              label=kind, color=colour)
            panel.bar_label(bars, [f"{value:.0f}" if value else "" for value in values], padding=3)
        panel.set_yticks(range(len(names)), names)
        panel.invert_yaxis()
        panel.set_title(case.title)
        panel.set_xlabel("MB/s of CPU time")
        panel.spines[["top", "right"]].set_visible(False)
        panel.legend(frameon=False, loc="lower right")
    figure.savefig(path)


def rates_of(case: Case) -> dict[str, dict[str, float]]:
    """MB/s by program and kind; of malmoi the figures on the larger text."""
    rates: dict[str, dict[str, float]] = {}
    for group in case.groups:
        if group.kind not in ("stream", "warm", "slow"):
            continue
        for row in group.rows:
            for kind, runs in row.runs.items():
                rates.setdefault(row.name, {}).setdefault(
                    kind, row.text.megabytes / max(middle(runs, cpu), 1e-9))
    return rates
