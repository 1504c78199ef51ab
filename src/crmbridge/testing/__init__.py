"""For authors of further connectors and stores: what theirs must pass."""
