"""Machines that pass pieces on: a tracker, an origin, and leechers of one client."""

from ..clients import CLIENTS
from .strategy import Strategy


class SwarmStrategy(Strategy):
    is_swarm = True

    def __init__(self, client):
        self.name = client.name
        self._client = client

    def versions(self):
        return {self.name: self._client.version()}

    def servers(self, conditions):
        return conditions.origins

    def formula(self, conditions):
        return conditions.bound()

    def serve(self, course):
        course.start_tracker()
        for place in course.servers:
            course.start(place, self._client.seed(place))
        course.wait_for_seeds(len(course.servers))

    def leech(self, course, place, seat):
        return self._of(seat).leech(place)

    def done_at(self, place, program, seat):
        return self._of(seat).done_at(place)

    def _of(self, seat):
        return CLIENTS[seat.client] if seat.client else self._client
