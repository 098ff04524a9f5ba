"""PDF files as pages of characters and ruling lines."""
