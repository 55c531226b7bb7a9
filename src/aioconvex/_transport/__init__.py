"""Moving bytes. Nothing above this layer knows which HTTP library does it."""
