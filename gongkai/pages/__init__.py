"""What people look at: terminal, HTML pages, their words."""
