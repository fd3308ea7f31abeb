"""How fast one machine hands a file to another when no link is in the way, and what that costs: shoal beside other clients."""
