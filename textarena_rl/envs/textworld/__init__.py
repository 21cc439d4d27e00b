"""TextWorld: generated houses with a chore, played by a pure-Python engine."""
