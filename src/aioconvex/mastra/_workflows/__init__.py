"""How workflow runs are stored, and the two ways to reach them."""
