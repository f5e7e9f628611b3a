"""From pages to the executed site."""
