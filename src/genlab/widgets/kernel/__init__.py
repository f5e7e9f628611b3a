"""What every widget has in common in a live kernel."""
