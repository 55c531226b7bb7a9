"""How scores are stored, and the two ways to reach them."""
