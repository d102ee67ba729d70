"""Keep the report of a task whose inputs, code, parameters and environment are those of its last success."""
