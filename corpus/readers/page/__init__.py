"""The page layer: characters and ruling lines of a page as lines, tables and blocks, whatever drew the page."""
