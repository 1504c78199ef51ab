"""Read models over the store, for people and machines; nothing here writes."""
