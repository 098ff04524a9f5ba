"""Who reports: names of agencies resolved to kinds, places and divisions."""
