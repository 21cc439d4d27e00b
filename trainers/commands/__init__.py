"""One module per command, each with ``run(argv) -> int``; imported by ``trainers.__main__`` when it is called."""
