"""What people see: charts, tables, the HTML report of a notebook and the index of a run."""
