"""Persistence: the interface the host implements, and the backends that ship with it."""
