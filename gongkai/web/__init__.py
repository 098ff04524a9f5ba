"""The explorer: a folder of results in the browser (``gongkai serve``).  ``docs/explorer.md`` says what owns what."""
