"""Language models: a real one, a tiny one of names, and how tokens are drawn from them."""
