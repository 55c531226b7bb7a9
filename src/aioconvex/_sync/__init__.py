"""Where the sync protocol meets sockets, clocks and tasks. Loaded at a client's first live use."""
