"""What the frames of all widgets have in common, as their reader has it."""

TOOLS = ("Copy link", "Reset", "Full screen")
