"""Web pages and web archives as documents."""
