"""Six weeks in the life of two CRMs: the real daemon code, scripted people, virtual time."""
