"""The scaling tool: its data, its state, the panels of its page and the server."""
