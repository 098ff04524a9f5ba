"""What a regression in R or Stata takes: for every report the coded outcome where there is one, the model's, and the pseudo-outcome.

The pseudo-outcome ``ŷ + ē + R/π (e − ē)`` has the expectation of what people would code, whatever the model's errors are, so that a linear
regression on it is not biased by them (Egami et al. 2023); errors are to be clustered by agency.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from gongkai.compare.corrected import CodedReports
from gongkai.compare.corrected import pseudo_outcomes as of_reports
from gongkai.compare.corrected_passages import made_for
from gongkai.compare.frame import Floats, Study
from gongkai.compare.outcomes import OutcomeColumn, outcomes, stated
from gongkai.compare.passage_sheet import PassageSheet
from gongkai.further_columns import REGION_CODES, as_arrays, region_code
from gongkai.store_access import Store

_LONGEST = 32
#: the example scripts
SCRIPTS = ("regression.R", "regression.do")
#: what a variable's name begins with: pseudo-outcome, what people coded, what the model says
KINDS = {"y": "pseudo-outcome 校正值", "t": "coded 人工编码", "m": "model 模型原值"}


def _variables(names: list[str]) -> list[str]:
    """Names that Stata and R allow, without what stands before them; each once.

    >>> _variables(["problem.timeliness", "problem." + "x" * 40, "problem." + "x" * 41])
    ['problem_timeliness', 'problem_xxxxxxxxxxxxxxxxxxxxxx', 'problem_xxxxxxxxxxxxxxxxxxxx_2']
    """
    found: list[str] = []
    for given in names:
        stem = re.sub(r"\W", "_", given)
        name, n = stem[: _LONGEST - 2], 1
        while name in found:
            n += 1
            name = f"{stem[: _LONGEST - 3 - len(str(n))]}_{n}"
        found.append(name)
    return found


def _heads(study: Study, store: Store) -> dict[str, pa.Array]:
    """Who each report is of, for merging: agency, year, GB/T 2260 codes, grouping keys, columns of the user's own."""
    wanted = ["report_id", "agency", "agency_id", "level", "kind", "division_code", "form", "coverage"]
    table = store.table("reports").select(wanted)
    rows = {r["report_id"]: r for r in table.to_pylist()}
    ids = study.report_ids
    found = {c: pa.array([rows[r][c] for r in ids], pa.string()) for c in wanted}
    found["year"] = pa.array([None if y < 0 else y for y in study.year.tolist()], pa.int64())
    for key in REGION_CODES:
        found[key] = pa.array([region_code(rows[r]["division_code"], key) for r in ids], pa.string())
    found["cluster"] = pa.array([study.clusters[c] for c in study.cluster.tolist()], pa.string())
    found["weight"] = pa.array(study.weight)
    for k, key in enumerate(study.by):
        if key not in found:
            found[f"by_{key}"] = pa.array([study.groups[g][k] for g in study.group.tolist()], pa.string())
    return found | {name: values for name, (_, values) in as_arrays(store, ids).items()}


def _with_codes(columns: dict[str, pa.Array], names: list[str], y: Floats, t: Mapping[int, Floats], m: Floats) -> None:
    """The three columns of each outcome; ``t`` has the coded ones by place of the report, the others are empty."""
    for k, name in enumerate(_variables(names)):
        columns[f"y_{name}"] = pa.array(np.round(y[:, k], 6))
        columns[f"t_{name}"] = pa.array([float(t[i][k]) if i in t else None for i in range(len(y))], pa.float64())
        columns[f"m_{name}"] = pa.array(m[:, k].astype(np.float64))


def from_sheet(study: Study, store: Store, sheet: PassageSheet) -> pa.Table:
    """The outcomes of reports (every ``unit`` report of ``corrected.csv``) by a sheet of passages.

    Returns:
        A row for each report whose section 五 counts: who it is of, ``coded`` and ``sample_prob``, ``in_denominator`` (1, unless coders found
        sections that are not there), and ``y_``, ``t_``, ``m_`` of each outcome.
    """
    made = made_for(study, store, sheet)
    some = [k for k, t in enumerate(made.some) if t.unit == "report"]
    names = [f"{made.some[k].what}.{made.some[k].code}" for k in some]
    columns = _heads(study, store)
    chance: dict[int, float] = dict(zip(made.rows.tolist(), made.chance.tolist(), strict=True))
    columns["coded"] = pa.array([int(i in chance) for i in range(len(study.report_ids))], pa.int64())
    # of a draw by stratum the chances of those that were not drawn are known, too
    drawn = dict(chance)
    if sheet.design == "reports":
        by_stratum = {sheet.stratum[r]: p for r, p in sheet.chance.items()}
        drawn = {i: by_stratum[s] for i, s in enumerate(made.strata) if s in by_stratum} | drawn
    columns["sample_prob"] = pa.array([drawn.get(i) for i in range(len(study.report_ids))], pa.float64())
    columns["in_denominator"] = pa.array(np.round(made.pseudo.below[:, some[0]], 6))
    truth = {i: made.truth.top[i, some] for i in chance}
    _with_codes(columns, names, made.pseudo.top[:, some], truth, made.model.top[:, some])
    return _counted(study, pa.table(columns))


def from_reports(study: Study, store: Store, points: pa.Table, coded: CodedReports) -> pa.Table:
    """The same by a sheet of reports (``--draw``): those columns that were coded."""
    columns = _heads(study, store)
    chance: dict[int, float] = dict(zip(coded.rows.tolist(), coded.probability.tolist(), strict=True))
    columns["coded"] = pa.array([int(i in chance) for i in range(len(study.report_ids))], pa.int64())
    # of a simple draw the chance of all is that of each; of others it is known of those that were drawn
    common = next(iter(chance.values())) if len(set(chance.values())) == 1 else None
    columns["sample_prob"] = pa.array([chance.get(i, common) for i in range(len(study.report_ids))], pa.float64())
    columns["in_denominator"] = pa.array(np.ones(len(study.report_ids)))
    places = {o: k for k, o in enumerate(outcomes(study.codes))}
    pairs = (c.split(".", 1) for c in coded.columns)
    wanted = [places[OutcomeColumn(what, facet, "all", "all")] for what, facet in pairs]
    model = stated(study, points)[:, wanted].astype(np.float64)
    y = np.stack(
        [of_reports(model[:, k], coded.rows, coded.probability, coded.truth[:, k]) for k in range(len(wanted))], axis=1
    )
    truth = {i: coded.truth[n] for n, i in enumerate(coded.rows.tolist())}
    _with_codes(columns, list(coded.columns), y, truth, model)
    return _counted(study, pa.table(columns))


def _counted(study: Study, table: pa.Table) -> pa.Table:
    return table.take(pa.array(study.counted(np.arange(len(study.report_ids)))))


def _example(table: pa.Table) -> tuple[str, str]:
    """The outcome that varies most, and something to explain it by: a column of the user's own if there is one, else the year."""
    told = [c for c in table.column_names if c.startswith("y_")]
    outcome = max(told, key=lambda c: float(np.var(table[c].to_numpy())) if len(table) else 0.0)
    own = [c for c in table.column_names if c.startswith("meta_")]
    return outcome[2:], own[0] if own else "year"


def r_example(table: pa.Table) -> str:
    """R code that regresses an outcome on something, in base R, with fixest and with dsl where they are installed."""
    outcome, x = _example(table)
    return f"""# Regressions on what people would have coded. Run it from this folder: Rscript regression.R
# y_...: pseudo-outcome (ordinary regressions take it); t_...: coded, empty elsewhere; m_...: the model's own, biased.
if (!l10n_info()$`UTF-8`) stop("run R in a UTF-8 locale: LC_ALL=C.UTF-8 Rscript regression.R")
codes <- c("report_id", "agency_id", "cluster", "division_code", "province_code", "prefecture_code", "county_code")
header <- names(read.csv("outcomes.csv", fileEncoding = "UTF-8-BOM", nrows = 1, check.names = FALSE))
classes <- ifelse(header %in% codes, "character", NA)
d <- read.csv("outcomes.csv", fileEncoding = "UTF-8-BOM", colClasses = classes, check.names = FALSE, na.strings = "")
# to merge with a yearbook: merge(d, yearbook, by = c("prefecture_code", "year"))

# base R: least squares with errors clustered by agency: G/(G-1), as sandwich::vcovCL(type = "HC0")
fit <- lm(y_{outcome} ~ {x}, data = d, weights = weight)
used <- as.integer(rownames(model.matrix(fit)))
scores <- rowsum(model.matrix(fit) * (residuals(fit) * d$weight[used]), d$cluster[used])
bread <- solve(crossprod(model.matrix(fit) * sqrt(d$weight[used])))
n <- nrow(scores)
error <- sqrt(diag(n / (n - 1) * bread %*% crossprod(scores) %*% bread))
print(cbind(estimate = coef(fit), error = error, p = 2 * pt(-abs(coef(fit) / error), n - 1)))

# the same with fixest, whose errors have the factor (n-1)/(n-k), too, as Stata's; agency and year as fixed effects: y_{outcome} ~ x | cluster + year
if (requireNamespace("fixest", quietly = TRUE)) {{
  print(fixest::feols(y_{outcome} ~ {x}, data = d, weights = ~weight, cluster = ~cluster))
}}

# design-based supervised learning takes the coded and the model's outcome itself, and the chance of every report: not known of an active draw
if (requireNamespace("dsl", quietly = TRUE) && !anyNA(d$sample_prob)) {{
  s <- d[!is.na(d${x}), ]
  print(summary(dsl::dsl(
    model = "lm", formula = t_{outcome} ~ {x}, predicted_var = "t_{outcome}", prediction = "m_{outcome}",
    data = s, cluster = "cluster", labeled = "coded", sample_prob = "sample_prob"
  )))
}}
"""


def stata_example(table: pa.Table) -> str:
    """The same as a do-file."""
    outcome, x = _example(table)
    text = pa.types.is_string(table.schema.field(x).type)
    named = [c for c in ("report_id", "agency_id", "cluster", "division_code", *REGION_CODES) if c in table.column_names]
    columns = " ".join(map(str, sorted(table.column_names.index(c) + 1 for c in named)))
    return f"""* Regressions on what people would have coded. Run it from this folder: do regression.do
* y_...: pseudo-outcome (ordinary regressions take it); t_...: coded, empty elsewhere; m_...: the model's own, biased.
version 15
set more off
import delimited "outcomes.csv", clear encoding("utf-8") varnames(1) case(preserve) bindquote(strict) stringcols({columns})
encode cluster, generate(agency_number)
{f"encode {x}, generate(x)" if text else f"generate x = {x}"}
* to merge with a yearbook: merge m:1 prefecture_code year using yearbook
regress y_{outcome} {"i.x" if text else "x"} [pweight = weight], vce(cluster agency_number)
* agency and year as fixed effects: areg y_{outcome} x i.year [pweight = weight], absorb(agency_number) vce(cluster agency_number)
"""


def scripts(tables: Mapping[str, Any]) -> dict[str, str]:
    """The example scripts that go with ``outcomes.csv``, by file name."""
    table = tables.get("outcomes")
    return {} if table is None else dict(zip(SCRIPTS, (r_example(table), stata_example(table)), strict=True))


__all__ = ["KINDS", "SCRIPTS", "from_reports", "from_sheet", "r_example", "scripts", "stata_example"]
