"""Whether this machine, its settings and the services are fit for a run: `run_all.py --doctor`."""
