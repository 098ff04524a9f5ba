"""Review in the browser: what is worth a look, corrections of it, and the picture of the page that it was read from."""
