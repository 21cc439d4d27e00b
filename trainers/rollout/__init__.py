"""From worlds and an engine to trajectories: ``chat`` (text and token ids), engines, ``collect`` (many episodes at once)."""
