"""Word documents (and, through LibreOffice, what it can turn into them) as documents."""
