"""A small object store that is strict about Amazon's Signature Version 4, which it computes by itself."""

import datetime
import hashlib
import hmac
import http.server
import re
import threading
import urllib.parse

_ALGORITHM = "AWS4-HMAC-SHA256"
_FORM = "%Y%m%dT%H%M%SZ"


def _quoted(text):
    return urllib.parse.quote(text, safe="-_.~")


def signature(secret, region, method, path, query, headers, signed, stamp, payload):
    """Of a request as it came: `path` as it stands in the request, `query` pairs, `headers` with lower-case names."""
    canonical = "\n".join([
        method, path, "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(query)),
        *(f"{name}:{' '.join(headers[name].split())}" for name in signed), "", ";".join(signed), payload])
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    text = "\n".join([_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in (stamp[:8], region, "s3", "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


class _Refusal(Exception):
    """The Code of S3's error document; its status is 403 unless said otherwise."""

    def __init__(self, code, status=403):
        super().__init__(code)
        self.code, self.status = code, status


class ObjectStore:
    """Objects in memory below /BUCKET/KEY; those whose bucket is in `public` are for everybody. `asked` keeps (method, path, how)."""

    def __init__(self, key="AKID", secret="s3cr/et+", region="hall-1", token=None, at=("127.0.0.1", 0)):
        self.key, self.secret, self.region, self.token = key, secret, region, token
        self.objects, self.public, self.asked = {}, set(), []
        self.after_bytes = None  # called once, when the first half of an object is sent
        store = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                store._get(self)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(at, Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        host, port = self._server.server_address
        self.endpoint = f"http://{host}" if port == 80 else f"http://{host}:{port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def environment(self):
        """As the tools of AWS take it."""
        more = {"AWS_SESSION_TOKEN": self.token} if self.token else {}
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": self.region, "AWS_ACCESS_KEY_ID": self.key,
                "AWS_SECRET_ACCESS_KEY": self.secret, **more}

    def _get(self, handler):
        parts = urllib.parse.urlsplit(handler.path)
        query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        try:
            how = self._verify(parts.path, query, headers)
            self.asked.append((handler.command, parts.path, how))
            self._send(handler, parts.path, how)
        except _Refusal as refusal:
            self.asked.append((handler.command, parts.path, refusal.code))
            body = f"<?xml version='1.0'?><Error><Code>{refusal.code}</Code></Error>".encode()
            handler.send_response(refusal.status)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

    def _verify(self, path, query, headers):
        """How the request is signed: "header", "query" or "not at all"."""
        fields = dict(query)
        if "X-Amz-Signature" in fields:
            given = fields["X-Amz-Signature"]
            credential, stamp, how, payload = fields["X-Amz-Credential"], fields["X-Amz-Date"], "query", "UNSIGNED-PAYLOAD"
            signed, token = fields["X-Amz-SignedHeaders"].split(";"), fields.get("X-Amz-Security-Token")
            query = [pair for pair in query if pair[0] != "X-Amz-Signature"]
            allowed = int(fields["X-Amz-Expires"])
        elif "authorization" in headers:
            found = re.fullmatch(rf"{_ALGORITHM} Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{{64}})", headers["authorization"])
            if not found:
                raise _Refusal("AuthorizationHeaderMalformed", 400)
            credential, signed, given = found[1], found[2].split(";"), found[3]
            stamp, how, payload, token = headers["x-amz-date"], "header", headers["x-amz-content-sha256"], headers.get("x-amz-security-token")
            allowed = 15 * 60
            if {name for name in headers if name.startswith("x-amz-")} - set(signed):
                raise _Refusal("AccessDenied")  # a header of theirs that is not signed
        else:
            return "not at all"
        if credential != f"{self.key}/{stamp[:8]}/{self.region}/s3/aws4_request" or "host" not in signed:
            raise _Refusal("InvalidAccessKeyId")
        if token != self.token:
            raise _Refusal("InvalidToken", 400)
        age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.strptime(stamp, _FORM).replace(tzinfo=datetime.timezone.utc)
        if not -15 * 60 < age.total_seconds() < allowed:
            raise _Refusal("RequestTimeTooSkewed")
        if not hmac.compare_digest(given, signature(self.secret, self.region, "GET", path, query, headers, signed, stamp, payload)):
            raise _Refusal("SignatureDoesNotMatch")
        return how

    def _send(self, handler, path, how):
        key = urllib.parse.unquote(path)
        if how == "not at all" and key.split("/")[1] not in self.public:
            raise _Refusal("AccessDenied")
        data = self.objects.get(key)
        if data is None:
            raise _Refusal("NoSuchKey", 404)
        begin, end, status = 0, len(data), 200
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", handler.headers.get("Range", ""))
        if asked:
            begin, end, status = int(asked[1]), min(int(asked[2] or len(data)) + 1, len(data)), 206
            if begin >= len(data):
                raise _Refusal("InvalidRange", 416)
        body = data[begin:end]
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("ETag", f'"{hashlib.md5(data).hexdigest()}"')
        handler.send_header("Accept-Ranges", "bytes")
        if asked:
            handler.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(data)}")
        handler.end_headers()
        half = len(body) // 2
        try:
            handler.wfile.write(body[:half])
            if not asked and self.after_bytes:
                happens, self.after_bytes = self.after_bytes, None
                happens()
            handler.wfile.write(body[half:])
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True
