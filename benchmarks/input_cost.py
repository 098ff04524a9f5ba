"""Cost of hostile input: ``python -m benchmarks.input_cost [--only NAME …]``.

Each kind is made at a size that costs half a second and at four times that size, and analysed, checked, made rows, printed and set as a
page in a process of its own.  Work that grows with the length gives a ratio of 4; a ratio well over 5.5 grows faster than the input.
``tests/attack/work.py`` counts calls instead, as times differ from machine to machine, but sees nothing of what one call does.
"""

from __future__ import annotations

import argparse
import os
import signal
import time

from corpus.errors import GongkaiError
from tests.attack.work import whole_way
from tests.support.growing import GROWING

LIMIT = 120
_WARM = "云岭县水务局2021年政府信息公开工作年度报告\n一、总体情况\n全年公开信息40条。\n"


def seconds(name: str, size: int) -> tuple[float, str]:
    """Seconds of CPU that one file takes, and how it ends; measured in a copy of this process, which is ended when it takes too long."""
    data = GROWING[name].make(size)
    out, into = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(LIMIT)  # ends the process, whatever it is in
        began, end = time.process_time(), "read"
        try:
            whole_way(data, GROWING[name].name)
        except GongkaiError as error:
            end = error.code
        except Exception as error:  # noqa: BLE001 - is shown
            end = type(error).__name__
        os.write(into, f"{time.process_time() - began} {end}".encode())
        os._exit(0)
    os.close(into)
    os.waitpid(child, 0)
    with os.fdopen(out) as answer:
        took, _, end = answer.read().partition(" ")
    return float(took or "inf"), end or f"over {LIMIT} s"


def large_enough(name: str) -> tuple[int, float, str]:
    """A size at which an input costs half a second, what it costs, and how it ends; the largest tried is 6 MB.

    Below that, what every report costs hides how the cost grows.
    """
    size = GROWING[name].size
    while True:
        took, end = seconds(name, size)
        if took >= 0.5 or end not in {"read", "empty"} or len(GROWING[name].make(4 * size)) > 6_000_000:
            return size, took, end
        size *= 4


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(GROWING))
    options = parser.parse_args()
    os.environ |= {"GONGKAI_OCR": "off", "GONGKAI_CACHE": "off"}
    whole_way(_WARM.encode(), "warm.txt")  # rules and model are loaded
    print("| input | size | seconds | seconds at 4 × | ratio | ends with |\n|---|---:|---:|---:|---:|---|", flush=True)
    for name in options.only:
        size, small, _ = large_enough(name)
        large, end = seconds(name, 4 * size)
        print(f"| {name} | {size:,} | {small:.2f} | {large:.2f} | {large / max(small, 1e-3):.1f} | {end} |", flush=True)


if __name__ == "__main__":
    main()
