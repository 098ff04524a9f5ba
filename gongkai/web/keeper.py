"""Which snapshot pages are made from: the one that stands, until a newer one is whole.

Corrections are patched into the snapshot that stands; results of another run are opened beside it.  While that run goes on (it says so in the
manifest, or has deleted it) pages stay with the results that were whole, and say so.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

from corpus.errors import StoreError
from corpus.store.snapshot import take_snapshot
from gongkai.corrections import FILE, Correction, located, read_corrections
from gongkai.web.background import begin
from gongkai.web.held import Held, signature_of
from gongkai.web.opening import hold
from gongkai.web.patched import patched

#: why pages say that newer results are to come: they are being opened, or not yet made
OPENING, MAKING = "changed", "remade"


class Keeper:
    """Gives every request the snapshot that stands, and makes a newer one beside it when the store or its corrections change."""

    def __init__(self, folder: Path, coded: Path | None = None) -> None:
        self.folder = folder
        self.coded = coded
        self._held = hold(folder, coded, pinned=True)
        self._lock = threading.Lock()
        self._opening = False
        self._making = False
        #: what was looked at and gave nothing newer
        self._seen: tuple[str, str] | None = None
        self._thread: threading.Thread | None = None

    def settle(self, seconds: float) -> None:
        """Wait a little for the snapshot that holds what has just been written."""
        until = time.monotonic() + seconds
        while self.now()[1] and time.monotonic() < until:
            thread = self._thread
            if thread is None or not thread.is_alive():
                break
            thread.join(max(0.0, until - time.monotonic()))

    def now(self) -> tuple[Held, str]:
        """The snapshot, and why it is not the newest: :data:`OPENING`, :data:`MAKING`, or nothing."""
        held = self._held
        signature = signature_of(self.folder)
        if signature == held.signature:
            return held, ""
        with self._lock:
            if not self._opening and signature != self._seen:
                self._opening = True
                self._thread = begin(self._open, signature)
            return held, MAKING if self._making else OPENING

    def _open(self, signature: tuple[str, str]) -> None:
        try:
            newer = self._newer(signature)
            if newer is None:
                self._seen = signature
            else:
                self._held = newer
        except Exception:  # noqa: BLE001 - a store or file that is half written: the old snapshot stays until it changes again
            self._seen = signature
        finally:
            self._opening = False

    def _newer(self, signature: tuple[str, str]) -> Held | None:
        """The snapshot of what stands now; ``None`` where there is none newer that is whole."""
        held = self._held
        stands = signature[0]
        if stands != held.signature[0]:
            found = None
            try:
                found = take_snapshot(self.folder)
            except StoreError:
                if stands:
                    raise
            self._making = held.store.finished and (found is None or found.meta.get("finished") != "1")
            if self._making:
                stands = held.signature[0]
            elif found is None or found.parts != held.store.snapshot.parts or found.meta != held.store.snapshot.meta:
                return hold(self.folder, self.coded, pinned=True)
        if (stands, signature[1]) == held.signature:
            return None
        return patched(held, self._corrections(held), (stands, signature[1]))

    def _corrections(self, held: Held) -> tuple[Correction, ...]:
        path = self.folder / FILE
        if not path.is_file():
            return ()
        found = read_corrections(path)
        sources = {}
        if any(c.source for c in found):
            sources = {r["report_id"]: r["source"] for r in held.rows("SELECT report_id, source FROM reports")}
        return located(found, sources) if sources else tuple(found)
