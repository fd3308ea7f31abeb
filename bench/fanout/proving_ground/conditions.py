"""What a race is run under, and what follows from it by arithmetic alone: who gets which link, who dies or comes
late, and the least time that any way of copying could take.

Rates are those of the links. Times are as the programs see them, whose seconds last `time_scale` real ones."""

import dataclasses
import random

_HOST_QUEUE = 1000 * 1514  # bytes


@dataclasses.dataclass(frozen=True)
class Churn:
    """`count` hosts that die or join, spread evenly over [first, last] seconds after the start."""
    count: int
    first: float
    last: float

    def times(self):
        if self.count == 1:
            return [self.first]
        step = (self.last - self.first) / (self.count - 1)
        return [self.first + n * step for n in range(self.count)]


@dataclasses.dataclass(frozen=True)
class Seat:
    """One leecher's place: its link in bits a second, its rack or None, when it starts and when it dies, in seconds."""
    number: int
    rate: int
    rack: int | None
    starts: float
    dies: float | None
    client: str | None  # None: the client of the race


@dataclasses.dataclass
class Conditions:
    hosts: int = 10
    rate: int = 20_000_000          # bits a second, both ways, of every link
    origin_rate: int | None = None  # None: as the others
    size: int = 16 << 20
    piece_size: int = 64 << 10
    racks: int = 0                  # 0: all on one switch
    uplink: int | None = None       # bits a second, both ways, of each rack's uplink
    slow: list = dataclasses.field(default_factory=list)   # (count, rate)
    kill: list = dataclasses.field(default_factory=list)   # Churn
    join: list = dataclasses.field(default_factory=list)   # Churn
    mix: list = dataclasses.field(default_factory=list)    # (client, count): leechers that run another client
    origin_leaves: float | None = None  # copies sent when it leaves; 0: as soon as the swarm has one on disk
    origins: int = 1
    mirrors: int = 10
    delay: float = 0.0              # seconds, one way, between any two hosts
    seed: int = 1                   # of the choice of who is slow, dies, or comes late
    congestion: str = "cubic"       # TCP's, as on an ordinary machine
    burst: int | None = None        # bytes of the token bucket; None: 50 ms of the link, within 4 to 128 KiB
    queue: int | None = None        # bytes a switch's port queues; None: 100 ms of the link, at least 48 KiB
    time_scale: int = 1             # real seconds that one of the programs' lasts

    def check(self):
        """Raises ValueError where the conditions contradict each other."""
        special = sum(count for count, _ in self.slow)
        churn = sum(churn.count for churn in (*self.kill, *self.join))
        mixed = sum(count for _, count in self.mix)
        if self.hosts < 1:
            raise ValueError("at least one host is needed")
        for what, count in (("slow", special), ("killed and late", churn), ("mixed-in", mixed)):
            if count > self.hosts:
                raise ValueError(f"{count} {what} hosts are more than the {self.hosts} there are")
        if sum(churn.count for churn in self.kill) >= self.hosts:
            raise ValueError("with every host killed there is nothing to measure")
        if self.uplink and not self.racks:
            raise ValueError("an uplink needs racks: add --racks")
        if self.racks > self.hosts:
            raise ValueError(f"{self.racks} racks are more than the {self.hosts} hosts")
        if self.piece_size % (16 << 10) != 0:
            raise ValueError("a piece must be a multiple of 16 KiB")
        if self.time_scale < 1:
            raise ValueError("time can be slowed, not hurried: the time scale is at least 1")

    def seats(self):
        """The leechers, the same for the same seed."""
        dice = random.Random(self.seed)
        order = list(range(self.hosts))
        rates, starts, dies, clients = {}, {}, {}, {}
        dice.shuffle(order)
        picked = iter(order)
        for count, rate in self.slow:
            for _ in range(count):
                rates[next(picked)] = rate
        dice.shuffle(order)
        picked = iter(order)
        for churn in self.join:
            for when in churn.times():
                starts[next(picked)] = when
        for churn in self.kill:
            for when in churn.times():
                dies[next(picked)] = when
        dice.shuffle(order)
        picked = iter(order)
        for client, count in self.mix:
            for _ in range(count):
                clients[next(picked)] = client
        return [Seat(n, rates.get(n, self.rate), n * self.racks // self.hosts if self.racks else None,
                     starts.get(n, 0.0), dies.get(n), clients.get(n)) for n in range(self.hosts)]

    @property
    def server_rate(self):
        return self.origin_rate or self.rate

    def seen_rate(self, rate):
        """What a link of that rate looks like to the programs."""
        return rate * self.time_scale

    def _sending_time(self, size, rate):
        return size * 8 / self.seen_rate(rate)

    def host_bound(self, seat):
        """Seconds that this host's copy takes at least: size over the narrowest link on the way from the servers, payload
        only, no headers."""
        narrowest = min(seat.rate, self.server_rate * self.origins)
        if seat.rack is not None and self.uplink:
            narrowest = min(narrowest, self.uplink)
        return self._sending_time(self.size, narrowest)

    def bound(self):
        """The one-copy bound of the whole fleet: the slowest host's own, or all uplinks together if that is longer."""
        seats = [seat for seat in self.seats() if seat.dies is None]
        upload = self.server_rate * self.origins + sum(seat.rate for seat in seats)
        return max(max(self.host_bound(seat) for seat in seats), self._sending_time(len(seats) * self.size, upload))

    def serving_time(self, servers):
        """Seconds that `servers` need to send every host its copy: N x F / link / servers, and never less than one copy."""
        return max(self._sending_time(self.hosts * self.size, servers * self.server_rate), self.bound())

    def host_port(self, rate):
        """tc's words for what a host sends at `rate`. An ordinary machine's own queue (Linux's txqueuelen, 1,000 packets) never
        overflows: TCP keeps a few packets of each connection there and the rest in the socket. A smaller one refuses packets
        locally, which the kernel counts as probes without an answer: it ends such a connection after 8 s."""
        return self._tbf(rate, _HOST_QUEUE)

    def switch_port(self, rate):
        """tc's words for what a switch sends at `rate`, to a host or to another switch. This queue does overflow."""
        return self._tbf(rate, self.queue or max(rate // 8 // 10, 48 << 10))

    def _tbf(self, rate, queue):
        # The bucket lets `burst` bytes pass at once: too small and the kernel cuts every segment up, too large and it is a
        # gift; 50 ms is the compromise.
        burst = self.burst or min(max(rate // 8 // 20, 4 << 10), 128 << 10)
        return f"tbf rate {rate}bit burst {burst}b limit {queue}b"

    def as_json(self):
        values = dataclasses.asdict(self)
        values["bound_s"] = self.bound()
        values["seen_rate"] = self.seen_rate(self.rate)
        return values

    @staticmethod
    def from_json(values):
        fields = {field.name for field in dataclasses.fields(Conditions)}
        made = Conditions(**{name: value for name, value in values.items() if name in fields})
        made.kill = [Churn(**churn) for churn in made.kill]
        made.join = [Churn(**churn) for churn in made.join]
        return made
