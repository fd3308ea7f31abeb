"""nginx and curl: one server, several, or the file cut over several."""

import shlex

from shoal_testing.tools import tool

from ..clients.client import first_line
from .strategy import Strategy

# The timeouts: a hundred downloads on one link leave each with so little that nginx's 60 s would end some of them.
_NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; send_timeout 24h; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 80 backlog=4096; root {root}; }}
}}
"""


class _Http(Strategy):
    def versions(self):
        return {"nginx": first_line([tool("nginx"), "-v"]), "curl": first_line([tool("curl"), "--version"])}

    def serve(self, course):
        for number, place in enumerate(course.servers):
            self._put(course, place, number)
            config = place.folder / "nginx.conf"
            config.write_text(_NGINX.format(folder=place.folder, root=place.target), encoding="utf-8")
            course.start(place, [tool("nginx"), "-c", config])
        for place in course.servers:
            course.wait_for_port(place.host, 80)

    def _put(self, course, place, number):
        place.take_source()

    def done_at(self, place, program, seat):
        return program.ended if program.status == 0 else None


class Leader(_Http):
    """Everybody downloads from one server."""
    name = "leader"

    def servers(self, conditions):
        return 1

    def formula(self, conditions):
        return conditions.serving_time(1)

    def leech(self, course, place, seat):
        server = course.servers[seat.number % len(course.servers)]
        return [tool("curl"), "-sSf", "-o", place.content, f"http://{server.host.address}/{place.name}"]


class Mirrors(Leader):
    """A copy on each of several servers, the hosts dealt out among them."""
    name = "mirrors"

    def servers(self, conditions):
        return conditions.mirrors

    def formula(self, conditions):
        return conditions.serving_time(conditions.mirrors)


class Sharded(_Http):
    """A part of the file on each of several servers; every host fetches all parts at once and joins them."""
    name = "sharded"

    def servers(self, conditions):
        return conditions.mirrors

    def formula(self, conditions):
        return conditions.serving_time(conditions.mirrors)

    def _put(self, course, place, number):
        size = course.conditions.size
        count = len(course.servers)
        first, last = size * number // count, size * (number + 1) // count
        with open(course.source, "rb") as source:
            source.seek(first)
            (place.target / "shard").write_bytes(source.read(last - first))

    def leech(self, course, place, seat):
        parts = [place.target / f"part-{number:03}" for number in range(len(course.servers))]
        fetch = [tool("curl"), "-sSf", "--parallel", "--parallel-immediate", "--parallel-max", str(len(parts))]
        for part, server in zip(parts, course.servers):
            fetch += ["-o", str(part), f"http://{server.host.address}/shard"]
        names = shlex.join(map(str, parts))
        return ["/bin/sh", "-c", f"{shlex.join(fetch)} && cat {names} > {shlex.quote(str(place.content))} && rm {names}"]
