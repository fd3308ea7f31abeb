"""A real Prometheus on a fleet of five: every query of a dashboard and every series that an alert looks at is there."""

import json
import pathlib
import re
import ssl
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from shoal_testing.clients import make_torrent
from shoal_testing.content import large_file
from shoal_testing.processes import Background, free_port, run, wait_until
from shoal_testing.redis import Redis
from shoal_testing.tools import program, tool
from test_tracker_config import make_certificate

PACKAGING = pathlib.Path(__file__).resolve().parents[2] / "packaging"
ALERTS = PACKAGING / "prometheus" / "alerts.yml"
TOKEN = "token-of-the-test"
# What a dashboard's variables stand for; `instance` is that of any host.
VARIABLES = {"$__rate_interval": "30s", "$torrent": ".*", "$instance": ".*"}


def dashboards():
    return sorted((PACKAGING / "grafana").glob("*.json"))


def panel_queries():
    """(dashboard, panel, query), the variables filled in."""
    for path in dashboards():
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                query = target["expr"]
                for name, value in VARIABLES.items():
                    query = query.replace(name, value)
                yield path.name, panel["title"], query


def alert_selectors():
    """(alert, selector) of every series that an alert looks at, such as shoal_torrents_in_trouble{reason="disk_full"}."""
    for alert, expression in re.findall(r"- alert: (\w+)\n\s+expr: (.*?)\n\s+(?:for|labels):", ALERTS.read_text(), re.S):
        for selector in re.findall(r"\b(?:up|shoal_\w+|process_\w+)\b(?:\{[^}]*\})?", expression):
            # Of what is not there yet, such as a refusal by reason, the metric itself is enough.
            yield alert, selector


class Rules(unittest.TestCase):
    def promtool(self, *arguments, **options):
        done = run([tool("promtool"), *arguments], **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_the_alerts_fire_when_they_should(self):
        self.promtool("check", "rules", ALERTS)
        self.promtool("check", "config", "--syntax-only", PACKAGING / "prometheus" / "prometheus.yml")
        self.promtool("test", "rules", PACKAGING / "prometheus" / "alerts-test.yml")

    def test_each_alert_is_tested_and_explained(self):
        alerts = set(re.findall(r"- alert: (\w+)", ALERTS.read_text()))
        tested = re.findall(r"alertname: (\w+)\n\s+exp_alerts:\n", (PACKAGING / "prometheus" / "alerts-test.yml").read_text())
        self.assertEqual(alerts, set(tested))
        self.assertGreaterEqual({alert for alert, _ in alert_selectors()}, alerts)
        explained = re.findall(r"^\| `(Shoal\w+)` \|", (PACKAGING.parent / "docs" / "operations.md").read_text(), re.M)
        self.assertEqual(sorted(alerts), sorted(explained))

    def test_dashboards_are_whole(self):
        uids = set()
        for path in dashboards():
            board = json.loads(path.read_text())
            uids.add(board["uid"])
            ids = [panel["id"] for panel in board["panels"]]
            self.assertEqual(len(ids), len(set(ids)), path.name)
            for panel in board["panels"]:
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
                self.assertEqual(panel["datasource"]["uid"], "${datasource}", panel["title"])
        self.assertEqual(uids, {"shoal-fleet", "shoal-host", "shoal-tracker"})


class Fleet(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="shoal-prometheus-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.redis = self.enterContext(Redis())
        self.certificate, key = self.folder / "tls.pem", self.folder / "tls.key"
        make_certificate(self.certificate, key, 90)
        self.tracker = self.start_tracker("one")
        self.second = self.start_tracker("two", "--tls-cert", self.certificate, "--tls-key", key)

    def background(self, arguments, log):
        started = Background(arguments, self.folder / log)
        self.addCleanup(started.stop)
        return started

    def start_tracker(self, name, *options):
        tracker = self.background(
            [program("shoal-tracker"), "--listen", "127.0.0.1:0", "--db", self.folder / f"{name}.db", "--interval", "5s", "--shared",
             self.redis.url(), "--admin-token", TOKEN, "--site", "hall-1=127.0.0.0/8", *options], f"tracker-{name}.log")
        return int(tracker.wait_for(r"listening .*127\.0\.0\.1:(\d+)").group(1))

    def start_host(self, name, *options):
        """Its control port and that of its metrics."""
        metrics = free_port()
        daemon = self.background(
            [program("shoal"), "daemon", "--state-dir", self.folder / name / "state", "--download-dir", self.folder / name / "content",
             "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", "--rpc-listen", "127.0.0.1:0", "--metrics-listen",
             f"127.0.0.1:{metrics}", *options], f"{name}.log")
        control = daemon.wait_for(r"control port address=127\.0\.0\.1:(?!%d\b)(\d+)" % metrics).group(1)
        return f"127.0.0.1:{control}", metrics

    def make_torrent(self, path):
        torrent = self.folder / f"{path.name}.torrent"
        make_torrent(path, torrent, "--announce", f"http://127.0.0.1:{self.tracker}/announce", "--piece-size", "256KiB")
        request = urllib.request.Request(f"http://127.0.0.1:{self.tracker}/api/v1/torrents", data=torrent.read_bytes(),
                                         headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            self.assertEqual(answer.status, 201)
        return torrent

    def add(self, host, torrent, *options):
        done = run([program("shoal"), "add", torrent, "--rpc", host, *options])
        self.assertEqual(done.returncode, 0, done.stderr)

    def start_prometheus(self, hosts):
        config = self.folder / "prometheus.yml"
        targets = json.dumps([f"127.0.0.1:{metrics}" for metrics in hosts])
        config.write_text(f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{ALERTS}"]
scrape_configs:
  - {{job_name: shoal, static_configs: [{{targets: {targets}}}]}}
  - job_name: shoal-tracker
    static_configs: [{{targets: ["127.0.0.1:{self.tracker}"]}}]
  - job_name: second
    scheme: https
    tls_config: {{insecure_skip_verify: true}}
    relabel_configs: [{{target_label: job, replacement: shoal-tracker}}]
    static_configs: [{{targets: ["127.0.0.1:{self.second}"]}}]
""")
        self.prometheus = free_port()
        self.background([tool("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={self.folder / 'tsdb'}",
                         f"--web.listen-address=127.0.0.1:{self.prometheus}"], "prometheus.log").wait_for("Server is ready")

    def api(self, path, **parameters):
        url = f"http://127.0.0.1:{self.prometheus}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.load(answer)["data"]

    def query(self, text):
        return self.api("query", query=text)["result"]

    def page(self, port, scheme="http"):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with urllib.request.urlopen(f"{scheme}://127.0.0.1:{port}/metrics", timeout=20,
                                    context=context if scheme == "https" else None) as answer:
            return answer.read().decode()

    def test_every_panel_and_every_alert_has_its_data(self):
        origin, *followers = (self.start_host(f"host-{number}", "--on-done", hook, *options) for number, (hook, *options) in enumerate(
            [("true",), ("true",), ("false",), ("true",), ("true", "--limit-down", "400kB/s")]))
        small = large_file(self.folder / "host-0" / "content" / "model.bin", 6 << 20)
        # The host with a limit takes minutes for it: there is a download to be seen, however long the rest takes.
        large = large_file(self.folder / "host-0" / "content" / "day.bin", 96 << 20)
        for content, label, hosts in ((small, "nightly", followers[:3]), (large, "video", followers[3:])):
            torrent = self.make_torrent(content)
            self.add(origin[0], torrent, "--label", label)
            for host in hosts:
                self.add(host[0], torrent, "--label", label)
        with self.assertRaises(urllib.error.HTTPError) as refused:  # a page that is not there; an announce that is refused
            urllib.request.urlopen(f"http://127.0.0.1:{self.tracker}/nothing", timeout=20)
        refused.exception.close()
        urllib.request.urlopen(f"http://127.0.0.1:{self.tracker}/announce", timeout=20).close()
        self.start_prometheus([metrics for _, metrics in (origin, *followers)])

        missing = {}

        def all_there():
            missing.clear()
            for board, panel, text in panel_queries():
                if not self.query(text):
                    missing[f"{board}: {panel}"] = text
            for alert, selector in alert_selectors():
                if not self.query(selector):
                    missing[alert] = selector
            return not missing

        try:
            wait_until(all_there, "data for every query", timeout=90)
        except AssertionError as failure:
            raise AssertionError(f"{failure}: {json.dumps(missing, indent=1)}") from None
        self.check_answers(small, large)
        self.check_an_alert(origin[0], followers[1][0])
        for port, scheme in ((self.tracker, "http"), (self.second, "https"), (origin[1], "http"), (followers[3][1], "http")):
            checked = subprocess.run([tool("promtool"), "check", "metrics"], input=self.page(port, scheme), capture_output=True, text=True,
                                     timeout=60)
            self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))

    def check_answers(self, small, large):
        """Who has what, asked as an operator would."""
        def value(text):
            result = self.query(text)
            return float(result[0]["value"][1]) if result else None

        self.assertEqual(value('count(up == 1)'), 7)
        named = "on(instance, info_hash) group_left(name, labels) shoal_torrent_info"
        complete = f'sum by (name) ((shoal_torrent_progress_ratio == bool 1) * {named}{{name="%s"}})'
        wait_until(lambda: value(complete % small.name) == 4, "four hosts have all of the small one")
        self.assertEqual(value(complete % large.name), 1)
        self.assertEqual(value('count(shoal_torrent_info{labels="nightly"})'), 4)
        self.assertEqual(value('sum(shoal_torrents{state="downloading"})'), 1)
        wait_until(lambda: value('max(shoal_tracker_site_peers{site="hall-1",state="seed"})') == 5, "five seeds of two torrents")
        self.assertGreater(value('sum(shoal_disk_write_duration_seconds_count)'), 0)
        self.assertGreater(value('sum(shoal_piece_hash_duration_seconds_count)'), 3 * 6 * 4 - 1)
        rules = [rule for group in self.api("rules")["groups"] for rule in group["rules"]]
        self.assertEqual({rule["health"] for rule in rules}, {"ok"})

    def check_an_alert(self, origin, host):
        """From what happens to the alert: the hook of that host is `false`."""
        late = large_file(self.folder / "host-0" / "content" / "late.bin", 1 << 20)
        torrent = self.make_torrent(late)
        for one in (origin, host):
            self.add(one, torrent)
        wait_until(lambda: any(alert["labels"]["alertname"] == "ShoalHookFailed" for alert in self.api("alerts")["alerts"]),
                   "the alert of the failing hook")
