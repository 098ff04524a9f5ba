"""Contacts masked before results are given to others: what counts as one, and every place of a store where one may stand."""
