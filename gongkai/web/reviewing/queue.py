"""What is worth a look: where prose and tables contradict each other, where a check fails, what was not found, where the model is least sure.

The order: contradictions that nothing explains, then those that something explains, failing checks, reports without agency or year, and
passages from the least probable label upwards.  What a person has looked at (a correction of it, or "this is right") is left out.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from gongkai.correcting import DOUBTFUL
from gongkai.web.address import ROWS, Asked
from gongkai.web.beside import kept_table, results_key
from gongkai.web.corpus_page import FilterGroup, filter_groups
from gongkai.web.corrected import Touched, of_touched, others
from gongkai.web.held import Held, chosen, numbers_table
from gongkai.web.patched import QUEUE_BEFORE
from gongkai.web.reviewing.things import corrected_things
from gongkai.web.tongue import Tongue

#: why something is in the queue, in its order
WHY = ("disagrees", "fails", "missing", "unsure")
STATES = ("open", "done")

_QUERIES = {
    "disagrees": """
SELECT j.report_id, 'disagrees' AS why, if(coalesce(j.explained_by, 'none') = 'none', 0.0, 1.0)::DOUBLE AS rank,
list_concat(if(j.mention_id IS NULL, [], [replace(j.mention_id, j.report_id || '.', '')]), ['c-' || c for c in j.cell_codes]) AS things,
j.indicator AS what, j.prose_value AS a, j.table_value AS b, coalesce(m.text, '') AS said, coalesce(j.explained_by, '') AS more
FROM joins j LEFT JOIN (SELECT mention_id, any_value(text) AS text FROM mentions GROUP BY ALL) m ON m.mention_id = j.mention_id
WHERE j.verdict = 'disagrees'
""",
    "fails": """
SELECT report_id, 'fails' AS why, 0.0::DOUBLE AS rank,
[if(starts_with(e, report_id || '.'), replace(e, report_id || '.', ''), 'c-' || e) for e in evidence] AS things,
"check" AS what, "left" AS a, "right" AS b, expression AS said, '' AS more
FROM checks WHERE verdict = 'fails'
""",
    "missing": """
SELECT report_id, 'missing' AS why, 0.0::DOUBLE AS rank, ['report'] AS things, if(agency IS NULL, 'agency', 'year') AS what,
NULL::DOUBLE AS a, NULL::DOUBLE AS b, source AS said, '' AS more FROM reports WHERE agency IS NULL OR year IS NULL
""",
    "unsure": f"""
SELECT report_id, 'unsure' AS why, score::DOUBLE AS rank, ['p' || start] AS things, label AS what, score::DOUBLE AS a, NULL::DOUBLE AS b,
"text" AS said, '' AS more FROM passages WHERE score < {DOUBTFUL} OR (abstained AND score IS NOT NULL)
""",
}
_SCHEMA = pa.schema([
    ("report_id", pa.string()), ("why", pa.string()), ("rank", pa.float64()), ("things", pa.list_(pa.string())), ("what", pa.string()),
    ("a", pa.float64()), ("b", pa.float64()), ("said", pa.string()), ("more", pa.string()),
])  # fmt: skip
_JOINED = """
FROM queue q JOIN reports r USING (report_id) JOIN chosen USING (n)
LEFT JOIN (SELECT DISTINCT report_id, thing FROM looked) l ON l.report_id = q.report_id AND l.thing = q.things[1]
"""
_ORDER = "ORDER BY list_position(['disagrees', 'fails', 'missing', 'unsure'], q.why), q.rank, r.n, q.things[1]"


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One line: ``at`` is the thing that is corrected first, ``row`` what the queue says of it, ``done`` whether somebody has looked."""

    head: Mapping[str, Any]
    why: str
    at: str
    row: Mapping[str, Any]
    done: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue; ``counts`` of each reason, open ones."""

    items: Sequence[QueueItem]
    counts: Mapping[str, int]
    done: int
    groups: Sequence[FilterGroup]
    pages: int
    n: int


_LOCK = threading.Lock()


def queue_tables(held: Held) -> tuple[pa.Table, pa.Table]:
    """The queue of a snapshot, and (report_id, thing) of what people have looked at; made when it is first asked for."""
    with _LOCK:
        if "queue" not in held.made:
            held.made["queue"] = _queue(held), _looked(held.touched)
        found: tuple[pa.Table, pa.Table] = held.made["queue"]
        return found


def _queue(held: Held) -> pa.Table:
    """The queue as the results were tagged, or of the snapshot before, and the lines of reports that are corrected otherwise in their place."""
    queue, changed = held.made.get(QUEUE_BEFORE) or (_plain_queue(held), held.touched)
    return pa.concat_tables([others(queue, changed), *(of_touched(changed, q, _SCHEMA) for q in _QUERIES.values())])


def _plain_queue(held: Held) -> pa.Table:
    plain = replace(held.store, corrections=())
    key = results_key(plain) + "".join(_QUERIES.values())
    ordered = [f"SELECT * FROM ({q}) ORDER BY ALL" for q in _QUERIES.values()]  # else joined rows come in any order
    return kept_table(held.index.folder / "queue", key, lambda: pa.concat_tables([plain.sql(q).cast(_SCHEMA) for q in ordered]))


def _looked(touched: Sequence[Touched]) -> pa.Table:
    """A correction of one side of a contradiction is a look at all of it: the thing that stands first is looked for."""
    found = [
        {"report_id": report_id, "thing": thing}
        for t in touched
        for report_id, thing in corrected_things(t.store)
        if report_id in t.report_ids
    ]
    return pa.Table.from_pylist(found, schema=pa.schema([("report_id", pa.string()), ("thing", pa.string())]))


def queue_page(held: Held, asked: Asked, why: str, state: str, tongue: Tongue) -> QueuePage:
    """The page that an address asks for.

    Raises:
        AddressError: a column that this store does not have.
    """
    queue, looked = queue_tables(held)
    numbers = np.flatnonzero(chosen(held, asked.filters, asked.who))
    tables = {"queue": queue, "looked": looked, "chosen": numbers_table(numbers)}
    counts: dict[str, int] = {}
    done = 0
    for row in held.rows(f"SELECT q.why, l.thing IS NOT NULL AS done, count(*) AS n {_JOINED} GROUP BY ALL", (), tables):
        if row["done"]:
            done += row["n"]
        else:
            counts[row["why"]] = row["n"]
    wanted = f"WHERE l.thing IS {'NOT ' if state == 'done' else ''}NULL" + (" AND q.why = ?" if why else "")
    values: list[object] = [why] if why else []
    n = held.rows(f"SELECT count(*) AS n {_JOINED} {wanted}", values, tables)[0]["n"]
    pages = max(1, -(-n // ROWS))
    first = (min(asked.page, pages) - 1) * ROWS
    query = f"SELECT q.*, r.agency, r.title, r.source, r.year {_JOINED} {wanted} {_ORDER} LIMIT {ROWS} OFFSET {first}"
    items = [
        QueueItem(r, r["why"], r["things"][0], r, state == "done") for r in held.rows(query, values, tables) if r["things"]
    ]
    return QueuePage(items, counts, done, filter_groups(held, asked, tongue, "/review"), pages, n)


__all__ = ["STATES", "WHY", "QueueItem", "QueuePage", "queue_page"]
