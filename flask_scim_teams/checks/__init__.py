"""What can be wrong, looked at before an identity provider finds it."""
