"""What each host did in each second, and why it did not do more."""

import csv
import pathlib

FIELDS = ["second", "host", "sent_bps", "received_bps", "peers", "pieces", "why"]

# A link that carries this share of its rate counts as busy.
_BUSY = 0.7
# More than the traffic of a host that only asks its tracker.
_SOME = 0.02


def explain(seat_rate, received_bps, complete, missing, peers, have, spare):
    """Why a host receives less than its link takes. `missing`: mask of the pieces it lacks. `peers`: the hosts it is
    connected with. `have`: host -> mask. `spare`: the hosts whose link out is not busy."""
    if complete:
        return "done"
    if received_bps >= _BUSY * seat_rate:
        return "full"
    if not peers:
        return "unseen" if received_bps > _SOME * seat_rate else "alone"
    useful = [peer for peer in peers if have.get(peer, 0) & missing]
    if not useful:
        return "nothing-new"
    if not any(peer in spare for peer in useful):
        return "peers-busy"
    return "unused"


MEANING = {
    "done": "complete",
    "full": f"its link in carries {_BUSY:.0%} of its rate or more",
    "alone": "connected with nobody",
    "unseen": "receives over uTP, whose connections the kernel does not show",
    "nothing-new": "no peer of it has a whole piece that it lacks",
    "peers-busy": "those peers that have what it lacks send at full rate already, to others",
    "unused": "a peer has what it lacks and rate to spare, yet does not send: choked, or not asked",
    "off": "not started yet, or dead",
}


class Timeline:
    """Writes timeline.csv in `folder`."""

    def __init__(self, folder):
        self._file = open(pathlib.Path(folder) / "timeline.csv", "w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self._writer.writerow(FIELDS)

    def add(self, second, rates, link, leechers, servers, active, complete, have, peers, all_pieces):
        """One look. `second`: in the programs' time. `rates`: host -> (sent, received) in bits a second, and `link`: host -> its
        rate, both of the links, in real time."""
        masks = {**have, **{number: all_pieces for number in (*servers, *complete)}}
        spare = {number for number, (sent, _) in rates.items() if number in link and sent < _BUSY * link[number]}
        for number in (*leechers, *servers):
            sent, received = rates.get(number, (0, 0))
            mask = masks.get(number, 0)
            if number in servers:
                why = "done" if number in active else "off"
            elif number not in active:
                why = "off"
            else:
                why = explain(link[number], received, number in complete, all_pieces & ~mask, peers.get(number, ()),
                              {peer: masks.get(peer, 0) for peer in peers.get(number, ())}, spare & active)
            self._writer.writerow([f"{second:.3f}", number, int(sent), int(received), len(peers.get(number, ())),
                                   mask.bit_count(), why])

    def close(self):
        self._file.close()
