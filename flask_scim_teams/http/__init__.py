"""The SCIM endpoints as a Flask blueprint."""
