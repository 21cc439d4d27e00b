"""ALFWorld: a household of receptacles and things, and one chore in it."""
