"""The tracker's page in a real browser. With SHOAL_SCREENSHOTS=FOLDER it leaves pictures there to look at."""

import hashlib
import http.client
import json
import os
import random
import time
import unittest

from chromium import Chromium
from tracker_program import Tracker

TOKEN = "a-long-admin-token"
GIB = 1 << 30
PHONE = (360, 740)
DESKTOP = (1100, 1000)

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
        """Three torrents: one on its way, one nearly done, one that nobody registered."""
        model = self.register("llama-70b-q4.safetensors", 42 * GIB)
        video = self.register("video-2026-11-20.tar", 5 * GIB)
        self.announce(0, model, 0, event="completed")
        left = {}
        for number in range(1, 300):
            left[number] = int(42 * GIB * min(0.98, abs(self.random.gauss(0.55, 0.12))))
            self.announce(number, model, left[number] + GIB // 8 * self.random.randint(1, 4))
        for number in range(120):
            self.announce(1000 + number, video, 0 if number < 103 else int(5 * GIB * self.random.uniform(0.05, 0.4)))
        for number in range(2):
            self.announce(2000 + number, b"q" * 20, (1 - number) * 90_000 + 10_000)
        time.sleep(1.1)  # a rate needs two announces at different seconds
        for number in range(1, 300):
            self.announce(number, model, left[number])

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
                    self.assertEqual(self.browser.evaluate("document.querySelectorAll('article').length"), 3)
                    self.browser.wait_for("document.getElementById('announces').textContent !== '–'")
                    self.picture(f"{window}-{scheme}")
                    self.assertEqual(self.browser.evaluate(OVERFLOW), [])
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
        self.browser.wait_for("document.querySelector('h2')?.innerText === 'model.bin'")
        self.announce(1, info_hash, 0)
        self.announce(2, info_hash, 1000)
        self.browser.wait_for("document.querySelector('dd').innerText === '1 of 2'")
        bar = "Number(document.querySelector('[role=progressbar]').getAttribute('aria-valuenow'))"
        self.assertEqual(self.browser.evaluate(bar), 50)
        self.assertIn("10.1.0.3", self.text("table"))
        self.announce(2, info_hash, 500)
        self.browser.wait_for(f"{bar} === 75")
        self.announce(2, info_hash, 0, event="completed")
        self.browser.wait_for("document.querySelector('dd').innerText === '2 of 2'")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('tr').length"), 0, "nobody is behind")
        self.assertEqual(self.browser.evaluate("window.mark"), 1)

    def test_it_says_when_the_tracker_is_gone(self):
        self.open()
        self.tracker.stop()
        self.browser.wait_for("document.getElementById('link').textContent.startsWith('connection lost')")

    def test_a_name_is_text_and_nothing_else(self):
        name = "<img src=x onerror='window.hurt=1'><script>window.hurt=1<script>"
        self.register(name, 1000)
        self.open()
        self.browser.wait_for("document.querySelector('h2') !== null")
        self.assertEqual(self.text("h2"), name)
        self.assertIsNone(self.browser.evaluate("window.hurt"))


if __name__ == "__main__":
    unittest.main()
