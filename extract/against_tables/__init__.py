"""What the prose says against what the tables say: join, checks, suspicions."""
