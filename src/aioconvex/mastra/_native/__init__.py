"""Native vector indexes: what describes one, its filters, and the functions that reach it."""
