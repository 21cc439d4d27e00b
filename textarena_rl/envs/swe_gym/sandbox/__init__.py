"""Where the commands of an episode run: one protocol, three backends."""
