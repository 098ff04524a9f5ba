"""Writes the bundled samples in the forms in which agencies publish: web pages, Word files.

Nothing of ``corpus.readers`` is used to write them, so that a reader is not judged by itself.
"""
