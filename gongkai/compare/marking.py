"""What every figure is: corrected with a coded sheet, uncorrected with a band from the model's measured errors, or uncorrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gongkai.codes import is_own
from gongkai.compare.band import ModelErrors, band, confusions
from gongkai.compare.frame import Study
from gongkai.compare.outcomes import ANY
from gongkai.store_access import Store

#: what a figure is, with the words that stand beside it
BASES = {
    "corrected": "已校正（人工编码）", "band": "未校正（模型原值），误差带按模型在真实报告上的误差推算", "uncorrected": "未校正（模型原值）",
}  # fmt: skip
#: tables of figures that rest on the model and that no sheet corrects
RESTING = (
    "differences",
    "families",
    "labels",
    "answers_by_group",
    "answers_baseline",
    "words_problems",
    "words_measures",
    "words",
)
_BAND = (("share_band", 0), ("band_low", 1), ("band_high", 2))
_CORRECTED = (("share_corrected", "share"), ("corrected_low", "low"), ("corrected_high", "high"))


def codebook_of(study: Study) -> str:
    """The codebook as tables name it."""
    return f"{study.codes.name} {study.codes.version}"


def errors_of(study: Study, store: Store) -> Mapping[str, ModelErrors]:
    """The measured errors of the model that tagged a store, by ``problem`` and ``measure``; nothing of other models or codes."""
    known = confusions()
    fits = known.model == store.meta.get("model_id") and known.codebook == study.codes.version and not is_own(study.codes)
    return known.errors if fits else {}


def _column(table: pa.Table, name: str, values: Sequence[Any], kind: pa.DataType) -> pa.Table:
    return table.append_column(name, pa.array(values, kind))


def with_model(study: Study, store: Store, table: pa.Table) -> pa.Table:
    """A table with the columns ``model`` and ``codebook``."""
    for name, value in (("model", store.meta.get("model_id", "")), ("codebook", codebook_of(study))):
        table = _column(table, name, [value] * len(table), pa.string())
    return table


def uncorrected(study: Study, store: Store, table: pa.Table) -> pa.Table:
    """A table whose figures are all the model's: ``corrected`` is no, with model and codebook."""
    return with_model(study, store, _column(table, "corrected", [False] * len(table), pa.bool_()))


def marked(study: Study, store: Store, shares: pa.Table, corrected: pa.Table | None) -> pa.Table:
    """Shares of reports with what they are: ``basis``, and its figures.

    Args:
        shares: of :func:`gongkai.compare.facet_shares`.
        corrected: of :func:`gongkai.compare.corrected_passages.corrected_from_passages`, if there is a sheet.

    Returns:
        The table with ``corrected``; ``share_corrected``, ``corrected_low``, ``corrected_high``, of ``coded`` reports, on ``errors`` of
        which the model is wrong (no interval under five); ``share_band``, ``band_low``, ``band_high``
        (:mod:`gongkai.compare.band`) where nothing is corrected and the model's errors were measured; ``basis`` and ``basis_zh``, which say
        which of them stands; ``model`` and ``codebook``.  A share split by locus, status or concreteness has neither.
    """
    keys = (*study.by, "what", "facet")
    found = {}
    if corrected is not None:
        rows = corrected.filter(pc.equal(corrected["unit"], "report")).to_pylist()
        found = {tuple(r["code"] if k == "facet" else r[k] for k in keys): r for r in rows}
    errors = errors_of(study, store)
    held: list[Mapping[str, Any]] = []
    bands: list[tuple[float, float, float] | None] = []
    for r in shares.to_pylist():
        own = found.get(tuple(r[k] for k in keys), {}) if r["dimension"] == "all" else {}
        held.append(own)
        single = r["dimension"] == "all" and r["facet"] not in {ANY, study.codes.general} and r["what"] in errors
        usable = single and own.get("share") is None and r["share"] is not None
        bands.append(band(r["share"], r["clusters"], errors[r["what"]]) if usable else None)
    bases = [
        "corrected" if h.get("share") is not None else "band" if b else "uncorrected" for h, b in zip(held, bands, strict=True)
    ]
    shares = _column(shares, "corrected", [b == "corrected" for b in bases], pa.bool_())
    for name, key in _CORRECTED:
        shares = _column(shares, name, [h.get(key) for h in held], pa.float64())
    for name in ("coded", "errors"):
        shares = _column(shares, name, [h.get(name) for h in held], pa.int64())
    for name, k in _BAND:
        shares = _column(shares, name, [b[k] if b else None for b in bands], pa.float64())
    shares = _column(shares, "basis", bases, pa.string())
    shares = _column(shares, "basis_zh", [BASES[b] for b in bases], pa.string())
    return with_model(study, store, shares)


def notes_of(study: Study, store: Store, sheet: bool) -> list[str]:
    """What the shares are, as a note."""
    if sheet:
        return ["shares with the basis `corrected` are corrected with the coded sheet, all others are the model's own"]
    advice = "code a sheet (`gongkai sample --by reports`) and give it with --coded before you publish any"
    if errors_of(study, store):
        measured = confusions().source
        return [f"no share is corrected: bands come from the errors of this model on other reports ({measured}); {advice}"]
    return [
        f"no share is corrected, and the errors of model {store.meta.get('model_id', '')} are not measured: no bands; {advice}"
    ]


__all__ = ["BASES", "RESTING", "codebook_of", "errors_of", "marked", "notes_of", "uncorrected", "with_model"]
