"""Runs the notebooks: plans, executes and records a run, and completes its folder afterwards."""
