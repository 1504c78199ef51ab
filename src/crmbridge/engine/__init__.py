"""The shell around the core: poll, link, decide, apply, again and again."""
