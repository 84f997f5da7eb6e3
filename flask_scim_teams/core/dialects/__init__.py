"""What identity providers send beside the RFCs, one module each."""
