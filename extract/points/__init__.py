"""Points: the clauses of problems and measures, each with its facet."""
