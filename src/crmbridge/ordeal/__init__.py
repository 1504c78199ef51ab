"""The bridge under fire: random lives in both simulated CRMs, with faults and crashes.

Everything follows from one seed, so that a run which broke a promise can be lived again.
"""
