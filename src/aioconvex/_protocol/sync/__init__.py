"""Convex's sync protocol, sans-IO: live queries, mutations and actions over one WebSocket.

Facts: the open-source backend's `sync` and `sync_types` crates, and npm `convex`, whose behaviour
is the model where this package decides.
"""
