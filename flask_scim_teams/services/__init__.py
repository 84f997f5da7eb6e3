"""Use cases: what happens to users, teams and tokens, whichever door a request came through."""
