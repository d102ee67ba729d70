"""What people see: charts, tables, the pages of a run, and pricing files."""
