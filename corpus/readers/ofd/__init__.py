"""OFD (GB/T 33190), the fixed-layout format of Chinese offices: pages of text objects and paths, taken apart by the page layer."""
