"""How it runs: a process and a kernel for each task, and the proof of how it ended."""
