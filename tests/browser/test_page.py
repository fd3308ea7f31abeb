"""The tracker's page in a real browser. With SHOAL_SCREENSHOTS=FOLDER it leaves pictures there to look at."""

import contextlib
import hashlib
import http.client
import json
import os
import random
import sqlite3
import tempfile
import time
import unittest

from chromium import Chromium
from tracker_program import Tracker

TOKEN = "a-long-admin-token"
GIB = 1 << 30
PHONE = (390, 844)
DESKTOP = (1400, 1000)

# Of every element with text of its own: the lowest ratio of its colour to what is behind it (WCAG 2).
CONTRAST = """(() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = rgb => rgb.slice(0, 3).map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
      .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const rgb = parse(getComputedStyle(element).backgroundColor);
      if (rgb.length < 4 || rgb[3] > 0) return rgb;
    }
    return [255, 255, 255];
  };
  let worst = {ratio: 99};
  for (const element of document.body.querySelectorAll("*")) {
    const text = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!text || !element.getClientRects().length || ["SCRIPT", "STYLE"].includes(element.tagName)) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < worst.ratio) worst = {ratio, text: element.textContent.slice(0, 40)};
  }
  return worst;
})()"""

# Cells that are too narrow for their text, and elements that stick out of the card they are in, or of the window.
OVERFLOW = """[...document.querySelectorAll("body *")].filter(element => {
  const box = element.getBoundingClientRect();
  const around = (element.closest("article") || document.documentElement).getBoundingClientRect();
  return box.width > 0 && (element.tagName === "TD" && element.scrollWidth > element.clientWidth + 1 ||
      box.right > around.right + 1 || box.left < around.left - 1);
}).map(element => element.tagName + ": " + element.textContent.slice(0, 60))"""


# Rows of figures that are not full.
ORPHANS = """[...document.querySelectorAll(".figures")].filter(list => {
  const rows = {};
  for (const box of list.children) rows[Math.round(box.getBoundingClientRect().top)] = (rows[Math.round(box.getBoundingClientRect().top)] || 0) + 1;
  return list.getClientRects().length && new Set(Object.values(rows)).size > 1;
}).map(list => list.textContent)"""


class Page(unittest.TestCase):
    def setUp(self):
        self.tracker = self.enterContext(Tracker(
            "--admin-token", TOKEN, "--trusted-proxy", "127.0.0.1", "--interval", "1h", "--site", "hall-1=10.1.0.0/16",
            "--site", "hall-2=10.2.0.0/16"))
        self.random = random.Random(7)
        self.browser = self.enterContext(Chromium())

    def register(self, name, size):
        info_hash = hashlib.sha1(name.encode()).digest()
        client = http.client.HTTPConnection("127.0.0.1", self.tracker.port, timeout=20)
        client.request("POST", "/api/v1/torrents", json.dumps({"info_hash": info_hash.hex(), "name": name, "size": size}),
                       {"Authorization": f"Bearer {TOKEN}"})
        answer = client.getresponse()
        answer.read()
        client.close()
        self.assertEqual(answer.status, 201)
        return info_hash

    def announce(self, number, info_hash, left, **fields):
        address = f"10.{1 + number % 2}.{number // 250}.{1 + number % 250}"
        return self.tracker.announce(number, info_hash=info_hash, left=left, port=6881,
                                     headers=f"X-Forwarded-For: {address}\r\n", **fields)

    def a_fleet(self):
        """Four torrents and 30 strangers' swarms: one torrent on its way, one nearly done, one done, one lately registered."""
        model = self.register("llama-70b-q4.safetensors", 42 * GIB)
        video = self.register("camera-07-2026-11-20.tar", 5 * GIB)
        image = self.register("node-image-2026.11.3.qcow2", 3 * GIB)
        self.register("weights-next.safetensors", 90 * GIB)
        self.announce(0, model, 0, event="completed")
        left = {}
        for number in range(1, 300):
            left[number] = int(42 * GIB * min(0.98, abs(self.random.gauss(0.55, 0.12))))
            self.announce(number, model, left[number] + int(GIB * self.random.uniform(0.10, 0.14)))
        for number in range(120):
            self.announce(1000 + number, video, 0 if number < 103 else int(5 * GIB * self.random.uniform(0.05, 0.4)))
            self.announce(3000 + number, image, 0)
        for number in range(30):
            self.announce(2000 + number, hashlib.sha1(b"stranger%d" % number).digest(), (1 - number % 2) * 90_000 + 10_000)
        time.sleep(1.1)  # a rate needs two announces at different seconds
        for number in range(1, 300):
            self.announce(number, model, left[number])
        for _ in range(3):
            self.tracker.get("/announce")

    def open(self, size=DESKTOP, scheme="light"):
        self.browser.open(self.tracker.url + "/", *size, scheme)
        self.browser.wait_for("document.readyState === 'complete' && document.getElementById('link').textContent === 'live'")

    def text(self, selector):
        return self.browser.evaluate(f"document.querySelector({selector!r}).innerText")

    def picture(self, name):
        folder = os.environ.get("SHOAL_SCREENSHOTS")
        if folder:
            self.browser.screenshot(os.path.join(folder, name + ".png"))

    def test_every_window_and_colour_scheme(self):
        self.a_fleet()
        grounds = {}
        for window, size in (("desktop", DESKTOP), ("phone", PHONE)):
            for scheme in ("light", "dark"):
                with self.subTest(window=window, scheme=scheme):
                    self.open(size, scheme)
                    self.assertEqual(self.browser.evaluate("document.querySelectorAll('#own article').length"), 4)
                    self.assertEqual(self.browser.evaluate("document.querySelectorAll('#others article').length"), 10)
                    self.browser.wait_for("document.getElementById('announces').textContent !== '–'")
                    self.picture(f"{window}-{scheme}")
                    self.assertEqual(self.browser.evaluate(OVERFLOW), [])
                    self.assertEqual(self.browser.evaluate(ORPHANS), [])
                    self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth"), size[0])
                    worst = self.browser.evaluate(CONTRAST)
                    self.assertGreaterEqual(worst["ratio"], 4.5, worst["text"])
                    grounds[scheme] = self.browser.evaluate("getComputedStyle(document.body).backgroundColor")
        self.assertNotEqual(grounds["light"], grounds["dark"])

    def test_it_asks_nobody_but_its_tracker(self):
        self.a_fleet()
        self.open()
        asked = [one["request"]["url"] for one in self.browser.named("Network.requestWillBeSent")]
        self.assertIn(self.tracker.url + "/api/v1/events", asked)
        self.assertEqual([url for url in asked if not url.startswith((self.tracker.url + "/", "data:", "about:"))], [])
        self.assertEqual(self.browser.named("Log.entryAdded"), [])
        self.assertEqual(self.browser.named("Runtime.exceptionThrown"), [])

    def test_it_is_live(self):
        self.open()
        self.assertIn("No swarm yet", self.text("#empty"))
        # What a reload would wipe out.
        self.browser.evaluate("window.mark = 1")
        info_hash = self.register("model.bin", 1000)
        self.browser.wait_for("document.querySelector('h3')?.innerText === 'model.bin'")
        self.announce(1, info_hash, 0)
        self.announce(2, info_hash, 1000)
        done = "document.querySelector('article dd').innerText.replaceAll('\\u00a0', ' ')"
        self.browser.wait_for(f"document.querySelector('article dd') && {done} === '1 of 2'")
        bar = "Number(document.querySelector('[role=progressbar]').getAttribute('aria-valuenow'))"
        self.assertEqual(self.browser.evaluate(bar), 50)
        self.assertIn("10.1.0.3", self.text("article table:last-child"))
        self.announce(2, info_hash, 500)
        self.browser.wait_for(f"{bar} === 75")
        self.announce(2, info_hash, 0, event="completed")
        self.browser.wait_for("document.querySelector('article.line .said')?.innerText.replaceAll('\\u00a0', ' ') === '2 of 2 done'")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#own tr').length"), 0, "nobody is behind")
        self.assertEqual(self.browser.evaluate("window.mark"), 1)

    def test_it_says_when_the_tracker_is_gone(self):
        self.open()
        self.tracker.stop()
        self.browser.wait_for("document.getElementById('link').textContent.startsWith('connection lost')")

    def test_a_name_is_text_and_nothing_else(self):
        name = "<img src=x onerror='window.hurt=1'><script>window.hurt=1<script>"
        self.register(name, 1000)
        self.open()
        self.browser.wait_for("document.querySelector('h3') !== null")
        self.assertEqual(self.text("h3"), name)
        self.assertIsNone(self.browser.evaluate("window.hurt"))

    def test_strangers_do_not_push_out_what_is_registered(self):
        for number in range(60):
            self.register(f"model-{number:02}", 1000)
        for number in range(120):
            self.announce(number, hashlib.sha1(b"stranger%d" % number).digest(), 50)
        self.open()
        own = "[...document.querySelectorAll('#own h3')].map(one => one.innerText)"
        self.browser.wait_for(f"{own}.length === 50 && document.querySelectorAll('#others article').length === 10")
        self.assertEqual(self.text("#own-more"), "10 more")
        self.assertEqual(self.text("#others-more"), "110 more")
        self.assertIn("60", self.text("#own-count"))
        self.browser.evaluate("document.querySelector('#own-more button').click()")
        self.browser.wait_for(f"{own}.length === 60")
        self.assertEqual(sorted(self.browser.evaluate(own)), [f"model-{number:02}" for number in range(60)])
        self.assertEqual(self.browser.evaluate("document.getElementById('own-more').hidden"), True)

    def filter(self, text):
        self.browser.evaluate(f"(box => {{ box.value = {text!r}; box.dispatchEvent(new Event('input')); }})(document.getElementById('filter'))")

    def test_the_filter_asks_the_tracker(self):
        for number in range(60):
            self.register(f"model-{number:02}", 1000)
        self.announce(1, b"q" * 20, 50)
        self.open()
        self.filter("MODEL-0")
        own = "[...document.querySelectorAll('#own h3')].map(one => one.innerText)"
        self.browser.wait_for(f"{own}.length === 10")
        self.assertEqual(sorted(self.browser.evaluate(own)), [f"model-0{number}" for number in range(10)])
        self.assertEqual(self.browser.evaluate("document.getElementById('others-part').hidden"), True)
        self.filter("7171")
        self.browser.wait_for("document.querySelectorAll('#others article').length === 1")
        self.assertIn("fits this filter", self.text("#own-none"))
        self.filter("")
        self.browser.wait_for(f"{own}.length === 50")

    def test_a_link_leads_to_all_hosts_of_a_swarm(self):
        model = self.register("model.bin", 1000)
        self.announce(0, model, 0)
        for number in range(1, 251):
            self.announce(number, model, 500 + number)
        self.open()
        self.browser.wait_for("document.querySelector('#own caption a') !== null")
        link = "document.querySelector('#own table:last-child caption a')"
        self.browser.evaluate(f"window.link = {link}")
        seen = self.text("#about")
        self.browser.wait_for(f"document.getElementById('about').innerText !== {seen!r}")
        self.assertTrue(self.browser.evaluate(f"window.link === {link}"), "a click that has begun outlives an event")
        self.browser.evaluate("window.link.click()")
        rows = "document.querySelectorAll('#peers tbody tr').length"
        self.browser.wait_for(f"{rows} === 100")
        self.picture("hosts")
        self.assertEqual(self.browser.evaluate(OVERFLOW), [])
        self.assertEqual(self.text("#range"), "1 to 100 of 250")
        self.assertIn("10.1.1.1", self.text("#peers tbody tr"), "who has least comes first")
        self.assertIn(model.hex(), self.text("#single-card"))
        self.browser.evaluate("document.getElementById('next').click()")
        self.browser.wait_for("document.getElementById('range').textContent === '101 to 200 of 250'")
        press = "[...document.querySelectorAll('#states button')].find(one => one.textContent.startsWith(%r)).click()"
        self.browser.evaluate(press % "done")
        self.browser.wait_for(f"{rows} === 1")
        self.browser.evaluate(press % "downloading")
        self.browser.wait_for(f"{rows} === 100")
        self.browser.evaluate(press % "hall-1")
        self.browser.wait_for("document.getElementById('range').textContent === '1 to 100 of 125'")
        self.browser.evaluate("document.querySelector('#single .section a').click()")
        self.browser.wait_for("!document.getElementById('overview').hidden && document.querySelector('#own article') !== null")

    def test_lost_hosts_are_named(self):
        tracker = self.enterContext(Tracker("--admin-token", TOKEN, "--trusted-proxy", "127.0.0.1", "--interval", "1s"))
        self.tracker.stop()
        self.tracker = tracker
        model = self.register("model.bin", 1000)
        self.announce(4, model, 300)
        self.open()
        self.browser.wait_for("document.querySelector('article .trouble.bad')?.innerText === '1 lost'")
        self.assertIn("10.1.0.5:6881", self.text("#own table"))
        self.assertIn("lost", self.text("#own tbody tr td.n:nth-child(6)"))
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#own th').length"), 8, "heads")

    def test_it_says_what_was_refused_and_when_it_was_written(self):
        self.tracker.get("/announce")
        self.tracker.get("/announce")
        self.open()
        self.assertEqual(self.text("#refused"), "2")
        self.browser.evaluate("document.getElementById('reasons').open = true")
        self.assertIn("info_hash is missing", self.text("#reasons"))
        self.assertEqual(self.text("#saved"), "kept in memory only")
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.tracker.stop()
        self.tracker = self.enterContext(Tracker(db=os.path.join(folder, "db")))
        self.tracker.announce(1)
        self.open()
        self.browser.wait_for("/^last write \\d+\\u00a0s ago$/.test(document.getElementById('saved').textContent)")
        self.assertEqual(self.browser.evaluate("document.getElementById('alert').hidden"), True)

    def test_a_name_cannot_turn_the_direction_of_writing(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        database = os.path.join(folder, "db")
        self.tracker.stop()
        self.tracker = Tracker("--admin-token", TOKEN, db=database)
        with self.tracker:
            self.register("model.bin", 1000)
            self.tracker.stop()
        with contextlib.closing(sqlite3.connect(database)) as older:  # older versions took such names
            older.execute("UPDATE swarm SET name = ?", ("\u202efdp.exe",))
            older.commit()
        self.tracker = self.enterContext(Tracker(db=database))
        self.open()
        self.browser.wait_for("document.querySelector('h3') !== null")
        self.assertEqual(self.text("h3"), "\ufffdfdp.exe")


if __name__ == "__main__":
    unittest.main()
