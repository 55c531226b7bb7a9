"""How memory is stored, and the two ways to reach it."""
