"""Calculations: frames in, frames out; no database, no files, no clock. docs/method.md defines them."""
