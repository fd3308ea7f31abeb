"""How long a download takes from each client to each other client, and in a swarm of all of them."""
