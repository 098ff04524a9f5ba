"""What people write in the browser: the log of their acts, the forms that add to it, and who writes."""
