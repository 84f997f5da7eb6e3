"""Hosts that show flask-scim-teams at work, each a package of its own."""
