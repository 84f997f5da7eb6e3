"""Messages on the wire: marshmallow schemas built from the core attribute definitions."""
