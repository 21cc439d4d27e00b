"""From worlds and an engine to trajectories: ``chat`` (text to ids), engines, ``collect`` (many episodes at once)."""
