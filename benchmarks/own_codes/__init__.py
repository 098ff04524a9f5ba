"""What accuracy a codebook of one's own can expect, over the number of coded passages: ``python -m benchmarks.own_codes``.

Three taxonomies (``channel.toml``, ``actor.toml``, ``evidence.toml``) and 620 passages of the training voices coded by one person for each
(``codes.csv``; the passages are named by voice and order).  For each draw a third of the voices is measured on, and models learn from the first
50, 100, 200 and 400 passages of the others, as if so many had been drawn and coded.  ``--encoder FOLDER`` (of
``python -m training.shipped.convert_e5``) adds the engine ``hybrid``.  ``--out docs/own-codes.md`` writes the tables between the marks there.
"""
