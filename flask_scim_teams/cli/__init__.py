"""The ``flask scim`` commands."""
