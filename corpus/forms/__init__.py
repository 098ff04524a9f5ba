"""The statutory tables: printed wordings of rows and columns, and the cells that are read by them."""
