"""Directory connectors: what identity providers' own APIs know of people and groups."""
