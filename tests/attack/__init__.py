"""The standing attack: kills, full disks, damage, torn reads and hostile input (``make attack``)."""
