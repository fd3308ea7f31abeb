"""Random faults in a swarm of real programs, repeatable by their seed: see random_faults.py."""
