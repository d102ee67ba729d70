"""What is computed. Pure: frames in, frames out; no database, no files, no clock."""
