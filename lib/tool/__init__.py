"""The scaling tool: its data, its state and its widgets."""
