"""Short English texts of our own, to measure a language model on several.

They differ in kind on purpose: a number that holds for one story need not hold
for a recipe.
"""

from __future__ import annotations

START = 0  # <|endoftext|>, which ends a document in training: before the next

SENTENCES: tuple[str, ...] = (
    "The cat sat on the mat and looked out of the window at the birds outside.",
    "When the rain stopped, the children ran outside to play in the puddles.",
    "The river rises in the mountains and flows through three countries to a "
    "sea.",
    "She opened the letter, read it twice, and put it back into the drawer.",
    "Add the flour to the butter and stir until there are no lumps left.",
    "The train to the coast leaves at noon and arrives in the evening.",
    "Most birds fly south in autumn because there is little food in winter.",
    "He could not find his keys, so he climbed in through the kitchen window.",
    "The museum is closed on Mondays, but the garden is open every day.",
    "A computer can add a million numbers before you have read this sentence.",
)
"""Ten sentences, 13 to 16 words each."""

PASSAGES: tuple[str, ...] = (
    # a story
    "The lighthouse keeper climbed the stairs every evening before sunset. He "
    "lit the lamp, wiped the glass with a soft cloth, and wrote the weather "
    "into a thick book. On clear nights he could see the lamps of the fishing "
    "boats far out on the water, and he counted them until all had come home.",
    # a recipe
    "To make the soup, chop two onions and fry them slowly in butter until "
    "they are soft. Add four potatoes, cut into small cubes, and a litre of "
    "water. Let it boil for twenty minutes, then press everything through a "
    "sieve. Taste it, add salt and pepper, and serve it with bread.",
    # a schoolbook
    "Plants make sugar from water and carbon dioxide, and the energy for it "
    "comes from light. The green pigment in their leaves takes up red and "
    "blue light best, which is why leaves look green to us. At night the "
    "process stops, and the plant lives on what it has stored during the day.",
    # news
    "The city council voted on Tuesday to close the old bridge for repairs. "
    "Drivers will have to use the tunnel until the end of March, the mayor "
    "said. Shop owners on the north bank fear that they will lose customers, "
    "and they have asked for lower rents during the works.",
    # a letter
    "Dear Anna, thank you for your letter, which arrived only yesterday. We "
    "are all well here, although the winter was long and the roof began to "
    "leak in January. The children ask when you will visit us again. There is "
    "room for you at any time, and the garden is lovely in June.",
    # history
    "In the spring of that year the king marched north with an army of nine "
    "thousand men. The river was high and the bridges had been burned, so he "
    "waited for eleven days. When he crossed at last, the enemy had gone, and "
    "the villages on the other side were empty.",
    # mathematics
    "A prime number is a whole number greater than one that has no divisors "
    "except one and itself. There are infinitely many of them, as Euclid "
    "showed more than two thousand years ago. Suppose that there were only "
    "finitely many. Multiply them all and add one. The result has a prime "
    "divisor that was not in the list.",
    # a dialogue
    '"Did you lock the door?" she asked. He put down his suitcase and looked '
    'in all of his pockets. "I think so," he said, "but I cannot find the '
    'key." They stood on the platform while the train rolled in, and neither '
    "of them wanted to be the first to say that they should go back.",
)
"""Eight passages of 55 to 69 tokens of SmolLM2."""
