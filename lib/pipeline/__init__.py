"""What runs when: the plan of notebooks, its execution by papermill, and the record each run leaves."""
