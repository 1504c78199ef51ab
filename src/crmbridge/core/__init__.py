"""The pure core: what is decided, without clock, network, files or vendor words."""
