"""What is to run: what was asked for, checked, and put into an order."""
