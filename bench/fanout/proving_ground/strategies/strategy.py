"""What a strategy has to say to race."""


class Strategy:
    name = ""
    is_swarm = False

    def versions(self):
        """Program -> version, for the record; a missing program is an AssertionError."""
        raise NotImplementedError

    def servers(self, conditions):
        """How many hosts have the content, or a part of it, from the start."""
        raise NotImplementedError

    def formula(self, conditions):
        """Seconds that the documents' arithmetic gives for it, payload only."""
        raise NotImplementedError

    def serve(self, course):
        """Starts the servers; returns when they serve."""
        raise NotImplementedError

    def leech(self, course, place, seat):
        """The command of one leecher."""
        raise NotImplementedError

    def done_at(self, place, program, seat):
        """The time of the day at which the leecher's content was complete, or None."""
        raise NotImplementedError
