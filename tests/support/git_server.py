#!/usr/bin/env python3
"""Serves bare repositories below a folder over HTTP on a free loopback port, through git's own http-backend.

Usage: git_server.py ROOT PORT_FILE LOG_FILE
Paths under /private/ ask for basic authentication as me / s3:cret@word; /moved/X redirects to /X.
PORT_FILE gets the port once it listens; LOG_FILE a line a request.
"""
import base64
import http.server
import os
import subprocess
import sys

ROOT, PORT_FILE, LOG_FILE = sys.argv[1:4]
PASSWORD = "me:s3:cret@word"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, *args):
        with open(LOG_FILE, "a") as log:
            log.write(f"{self.command} {self.path}\n")

    def refuse(self, code, header, value):
        self.send_response(code)
        self.send_header(header, value)
        self.end_headers()

    def answer(self):
        if self.path.startswith("/moved/"):
            return self.refuse(301, "Location", self.path[len("/moved"):])
        expected = "Basic " + base64.b64encode(PASSWORD.encode()).decode()
        if self.path.startswith("/private/") and self.headers.get("Authorization") != expected:
            return self.refuse(401, "WWW-Authenticate", 'Basic realm="test"')
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": ROOT, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
            "QUERY_STRING": query, "REQUEST_METHOD": self.command, "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        done = subprocess.run(["git", "-c", "safe.directory=*", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        status = 200
        headers = []
        for line in head.decode().split("\r\n"):
            name, _, value = line.partition(": ")
            if name == "Status":
                status = int(value.split()[0])
            elif name:
                headers.append((name, value))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(PORT_FILE + ".tmp", "w") as out:
    out.write(str(server.server_port))
os.rename(PORT_FILE + ".tmp", PORT_FILE)
server.serve_forever()
