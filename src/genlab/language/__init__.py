"""Language models: a real one, a tiny one of names, and drawing tokens."""
