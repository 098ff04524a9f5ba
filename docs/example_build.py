"""Runs ``docs/example.ipynb`` again and keeps its outputs: ``python docs/example_build.py``.

Needs ``pip install nbclient ipykernel`` beside gongkai and its extras plots, compare and export.  The notebook is its own source: edit
its cells, then run this.  ``tests/gongkai/test_notebook.py`` runs the cells without Jupyter.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parent / "example.ipynb"


def cleaned(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell without what differs from run to run: times, and the place of a figure in memory."""
    cell["metadata"] = {}
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "image/png" in data:
            data.pop("text/plain", None)
        output.pop("transient", None)
    return cell


def main() -> int:
    """Run every cell in an empty folder and write the notebook; 1 if something is missing."""
    try:
        import nbformat
        from nbclient import NotebookClient
    except ImportError as error:
        sys.stderr.write(f"{error.name} is not installed; pip install nbclient ipykernel\n")
        return 1
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=300, record_timing=False, resources={"metadata": {"path": folder}}).execute()
    found = json.loads(nbformat.writes(notebook))
    found["cells"] = [cleaned(c) for c in found["cells"]]
    found["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    NOTEBOOK.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
