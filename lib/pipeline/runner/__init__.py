"""What a person at a terminal meets: options, progress, exit codes."""
