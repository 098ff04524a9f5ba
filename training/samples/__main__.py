"""``python -m training.samples OUT [--layouts lines markdown …]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.samples.build import build
from training.samples.layouts import LAYOUTS
from training.samples.narrative import SampleError


def main(arguments: list[str] | None = None) -> int:
    """Write the sample corpus; 1 if a narrative is at fault, with all faults on standard error."""
    parser = argparse.ArgumentParser(prog="python -m training.samples", description=main.__doc__)
    parser.add_argument("out", type=Path, help="folder for the texts (OUT/<layout>/) and the truth (OUT/gold/)")
    parser.add_argument("--layouts", nargs="+", choices=list(LAYOUTS), default=list(LAYOUTS), metavar="LAYOUT")
    options = parser.parse_args(arguments)
    try:
        written = build(options.out, options.layouts)
    except SampleError as e:
        sys.stderr.write(f"{e}\n")
        return 1
    sys.stdout.write(f"{len(written)} texts in {len(options.layouts)} layouts, truth in {options.out / 'gold'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
