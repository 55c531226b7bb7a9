"""The parts of observational memory."""
