"""From pages to notebooks."""
