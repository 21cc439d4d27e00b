"""Sokoban: push every box onto a goal. The world to read first: rules, generator, solver, environment."""
