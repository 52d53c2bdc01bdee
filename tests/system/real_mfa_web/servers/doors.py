"""A page that opens for a password alone, and the token endpoint of a Keycloak that refuses everybody: at
8443 with the certificate of the test's authority, at 8444 with one of nobody, at 8080 in the clear. What is
handed over stands in the file `posts`."""

import ssl, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

folder = Path(sys.argv[1])
FORM = b"<form method=post action=/login><input name=user><input type=password name=pw></form>"


class Door(BaseHTTPRequestHandler):
    def answer(self, status, body=b"", *headers):
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.answer(200)

    def do_GET(self):
        if self.path == "/private" and "s=1" not in self.headers.get("Cookie", ""):
            self.answer(302, b"", ("Location", "/login"))
        else:
            self.answer(200, FORM if self.path == "/login" else b"<h1>inside</h1>")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with open(folder / "posts", "a") as posts:
            posts.write(f"{self.server.server_address[1]} {self.path} {body}\n")
        if self.path == "/login":
            self.answer(302, b"", ("Location", "/private"), ("Set-Cookie", "s=1; Path=/"))
        else:
            self.answer(401, b"{}")

    def log_message(self, *_):
        pass


for port, cert, key in ((8443, "cert.pem", "key.pem"), (8444, "own.pem", "own.key"), (8080, None, None)):
    server = ThreadingHTTPServer(("0.0.0.0", port), Door)
    if cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / cert, folder / key)
        # The handshake belongs to the thread of its connection.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever).start()
(folder / "posts").write_text("ready\n")
