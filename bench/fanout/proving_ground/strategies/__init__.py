"""The ways of bringing one file to many machines that race against each other."""

from ..clients import CLIENTS
from .http import Leader, Mirrors, Sharded
from .swarm import SwarmStrategy

STRATEGIES = {strategy.name: strategy
              for strategy in (Leader(), Mirrors(), Sharded(), *(SwarmStrategy(client) for client in CLIENTS.values()))}
