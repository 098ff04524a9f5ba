"""Whose work the figures of a report cover where its text does not say (codebook D3)."""

from __future__ import annotations

from typing import Literal

from corpus.agencies.resolve import Agency
from corpus.patterns import pattern

CoverageBasis = Literal["printed", "presumed"]

_FOR_GOVERNMENT = pattern("corpus/agencies", "for_government")
_FOR_ITSELF = pattern("corpus/agencies", "for_itself")
_OPENING = 6000


def presumed_coverage(agency: Agency | None, text: str) -> Literal["own", "consolidated", "unknown"]:
    """``consolidated`` for a people's government of county level and above, or its office where it reports for it; ``own`` for a
    department and a township; ``unknown`` for zones and for names that say too little.
    """
    if agency is None:
        return "unknown"
    if agency.level == "township" or agency.township:
        return "own"
    if agency.kind == "government":
        return "consolidated"
    if agency.kind == "government_office":
        opening = text[:_OPENING]
        for_it = len(_FOR_GOVERNMENT.findall(opening)) > len(_FOR_ITSELF.findall(opening))
        return "consolidated" if for_it else "own"
    if agency.kind == "zone" or (agency.kind == "other" and agency.certainty == "open"):
        return "unknown"
    return "own"
