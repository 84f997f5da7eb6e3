"""Identity providers that are made up, for hosts and tests to be provisioned by."""
