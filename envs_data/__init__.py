"""Data made by this project's own generators; see README.md for origin, licence and checksum of each file."""
