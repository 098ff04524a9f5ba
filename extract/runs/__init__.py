"""Tagging many reports: plan, workers, spool, parts, compaction."""
