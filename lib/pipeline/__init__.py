"""What runs when: the notebooks, the steps they call, the runner that executes them, and the doctor."""
