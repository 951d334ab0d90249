from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = "1"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        text = "ok\n" if self.path == "/healthz" else f"dockerfile {VERSION}\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
