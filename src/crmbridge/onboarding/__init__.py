"""The first afternoon: from nothing to a bridge in shadow beside two live CRMs."""
