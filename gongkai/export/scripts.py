"""Scripts that read an export: a do-file for Stata, an R script for the CSV files."""

from __future__ import annotations

from collections.abc import Sequence


def do_file(names: Sequence[str]) -> str:
    """Stata commands that open the exported files and show them."""
    lines = [
        "* Reads what `gongkai export STORE --to dta` wrote. Run it from this folder: do read.do",
        "* Missing values of cells: .a blank, .b absent from the file, .c unreadable, .d not on this form, .e a dash; of indicators: .f two values that differ.",
        "version 15",
        "set more off",
    ]
    if "wide" in names:
        lines += [
            'use "wide.dta", clear',
            "describe, short",
            "* one row per agency and year; n_reports says how many reports stood behind it",
            "list agency year form cell_t3_new_total ind_request_received in 1/5, abbreviate(32)",
            "tabulate cell_t3_new_total if missing(cell_t3_new_total), missing",
            "tabstat label_problem_share label_improvement_share, by(year) statistics(n mean)",
        ]
    lines += [f'use "{name}.dta", clear\ncount' for name in names if name != "wide"]
    return "\n".join(lines) + "\n"


def r_script(names: Sequence[str]) -> str:
    """R code (base R alone) that reads the exported CSV files into a list of data frames."""
    listed = ", ".join(f'"{n}"' for n in names)
    return f"""# Reads what `gongkai export STORE --to csv` wrote. Run it from this folder: Rscript read.R
# Base R alone. Report numbers look like numbers and are not: they are read as text.
names <- c({listed})
as_text <- c("report_id", "passage_id", "mention_id", "division_code", "sha256", "raw")
gongkai <- lapply(names, function(name) {{
  file <- paste0(name, ".csv")
  header <- names(read.csv(file, fileEncoding = "UTF-8-BOM", nrows = 1, check.names = FALSE))
  classes <- ifelse(header %in% as_text, "character", NA)
  read.csv(file, fileEncoding = "UTF-8-BOM", colClasses = classes, check.names = FALSE, na.strings = "", quote = "\\"")
}})
names(gongkai) <- names
for (name in names) cat(name, nrow(gongkai[[name]]), "rows\\n")
"""
