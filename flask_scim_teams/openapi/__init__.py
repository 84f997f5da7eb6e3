"""The OpenAPI description of the endpoints; needs the extra ``openapi``."""
