"""A demonstration: a gateway is started and provisioned the way Entra ID does it.

Run ``python -m examples.gateway.demo`` from the repository's root.
"""
