"""What a careful clerk looks for before a report is published: findings with both places, a kind, and whose fault they are."""
