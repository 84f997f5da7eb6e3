"""SCIM 2.0 as values and pure functions: no I/O, no clock, no framework."""
