"""Channels as Python has them, and as the tables hold them."""
