"""The pages as the author wrote them."""
