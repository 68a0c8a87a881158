"""How long a frame takes here, beside the paper's own network in the same engine."""
