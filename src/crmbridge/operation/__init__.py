"""What a daemon in operation tells: to whoever asks over HTTP, and to people who do not look."""
