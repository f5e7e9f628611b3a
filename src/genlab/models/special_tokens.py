"""The first tokens of a vocabulary of words: they stand for no word."""

# The one that ends a text must not be 2: `transformers.CLIPModel` would then
# read a text off at its highest token instead.
PAD, START, UNKNOWN, END = range(4)
