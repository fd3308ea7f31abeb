"""Headless Chromium, driven over its debugging pipe: no driver program, no WebSocket, no port."""

import base64
import collections
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

DEADLINE = 30  # seconds; only a failure takes that long


def find():
    path = shutil.which("chromium")
    if path is None:
        raise AssertionError("chromium is not installed: apt-get install chromium")
    return path


class Chromium:
    """One page. As a context manager it ends the browser."""

    def __enter__(self):
        self._profile = tempfile.mkdtemp(prefix="shoal-chromium-")
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()

        def give_pipes():
            # The browser reads its descriptor 3 and writes its descriptor 4. The copies may be 3 or 4 themselves.
            read, write = os.dup(to_browser), os.dup(from_browser)
            read, write = (fd if fd > 4 else os.dup2(fd, fd + 100) for fd in (read, write))
            os.dup2(read, 3)
            os.dup2(write, 4)

        self._process = subprocess.Popen(
            [find(), "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self._profile}", "--no-first-run",
             "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--no-proxy-server", "--hide-scrollbars",
             # Nothing of the browser's own leaves the machine.
             "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
             *(["--no-sandbox"] if os.geteuid() == 0 else []), "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=give_pipes,
            close_fds=False)
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._number = 0
        self._session = None
        self.events = collections.deque()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(domain + ".enable")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self._profile, ignore_errors=True)

    def call(self, method, **parameters):
        """The result of one command; what happens meanwhile goes to `events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + DEADLINE
        while True:
            answer = self._receive(end)
            if answer is None:
                raise AssertionError(f"chromium does not answer {method}")
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def _receive(self, end):
        while b"\0" not in self._buffer:
            if not select.select([self._in], [], [], max(0, end - time.monotonic()))[0]:
                return None
            part = os.read(self._in, 1 << 16)
            if not part:
                raise AssertionError("chromium has ended")
            self._buffer += part
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, url, width, height, scheme):
        """A page in a window of that size; `scheme` is what the user prefers, dark or light."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme},
                                                          {"name": "prefers-reduced-motion", "value": "reduce"}])
        self.call("Page.navigate", url=url)

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait_for(self, expression):
        """Until it is true; its value."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            value = self.evaluate(expression)
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"not within {DEADLINE} s: {expression}; the page says: "
                             + self.evaluate("document.body.innerText"))

    def named(self, method):
        """The parameters of every event of that name so far."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def screenshot(self, path, whole=True):
        """Of the whole page, or only of the window."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
