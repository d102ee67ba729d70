"""What is kept of a run: its folder, the manifest, the journal and the ledger."""
