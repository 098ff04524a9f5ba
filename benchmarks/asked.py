"""How often one thing is asked again: ``python -m benchmarks.asked [--n 20]``.

For every function that reads a short text: how often a report has it worked out (what it remembers is not counted), different texts among
them, and texts that no report before it had.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from types import FrameType
from typing import Any

from benchmarks.make_corpus import texts
from extract.pipeline import analyze_bytes

#: module and function, asked of its first argument
WATCHED = (
    ("corpus.text.normalise", "squeeze"), ("corpus.text.normalise", "_squeezed"), ("corpus.text.normalise", "fold"), ("corpus.text.normalise", "normalise"),
    ("corpus.text.headings", "section_heading"), ("corpus.text.headings", "enumerator"), ("corpus.text.headings", "no_narrative"),
    ("corpus.text.headings", "is_title"), ("corpus.forms.wordings", "exact_label"), ("corpus.forms.wordings", "match_label"),
    ("corpus.forms.wordings", "is_label_start"), ("corpus.forms.shreds", "glued_labels"), ("corpus.forms.shreds", "is_shred"),
    ("corpus.forms.cellvalue", "is_value"), ("corpus.forms.cellvalue", "read_cell"), ("extract.mentions.rule_index", "mask_of"),
    ("extract.mentions.indicators", "find_cues"), ("corpus.agencies.kinds", "kind_of"),
)  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20, help="Reports of each layout.")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    layouts = ("tab-rows", "lines", "tabbed-lines", "markdown", "spaces")
    reports = [text for k, layout in enumerate(layouts) for _, text in texts(options.n, options.seed + k, layout)]
    analyze_bytes(reports[0].encode(), "warm.txt")
    watched: dict[Any, str] = {}
    for module, name in WATCHED:
        function = getattr(sys.modules[module], name)
        watched[getattr(function, "__wrapped__", function).__code__] = name
    calls: dict[str, list[str]] = defaultdict(list)

    def told(frame: FrameType, event: str, _: object) -> None:
        name = watched.get(frame.f_code) if event == "call" else None
        if name is not None:
            calls[name].append(str(frame.f_locals[frame.f_code.co_varnames[0]]))

    total: dict[str, list[int]] = {name: [0, 0, 0] for _, name in WATCHED}
    seen: dict[str, set[str]] = defaultdict(set)
    for text in reports:
        calls.clear()
        sys.setprofile(told)
        analyze_bytes(text.encode(), "a.txt")
        sys.setprofile(None)
        for name, asked in calls.items():
            for k, number in enumerate((len(asked), len(set(asked)), len(set(asked) - seen[name]))):
                total[name][k] += number
            seen[name] |= set(asked)
    print("| asked, a report | calls | different texts | new in the corpus |\n|---|---:|---:|---:|")
    for name, (asked_, different, new) in total.items():
        print(f"| {name} | {asked_ / len(reports):.0f} | {different / len(reports):.0f} | {new / len(reports):.0f} |")


if __name__ == "__main__":
    main()
