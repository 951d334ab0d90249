"""Small applications, written into a folder of the test. They need nothing from a package registry."""
import os
import textwrap

PACKAGE = '{"name": "%s", "version": "1.0.0", "scripts": {"start": "node server.js"}}\n'


def write(folder, files):
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(textwrap.dedent(content))
    return folder


def web(folder, version, name="web", before="", port="process.env.PORT || 3000", **more):
    """Answers every path with its version; /env/NAME with a variable in JSON; /exit?code=N ends it."""
    return write(folder, {"package.json": PACKAGE % name, "server.js": f"""\
        const http = require('http');
        {before}
        const server = http.createServer((request, response) => {{
          const url = new URL(request.url, 'http://x');
          if (url.pathname.startsWith('/env/')) return response.end(JSON.stringify(process.env[url.pathname.slice(5)] ?? null));
          if (url.pathname === '/exit') {{ response.end('bye'); setTimeout(() => process.exit(Number(url.searchParams.get('code'))), 10); return; }}
          if (url.pathname === '/slow') return setTimeout(() => response.end('slow {version}'), Number(url.searchParams.get('ms')));
          response.end('version {version}');
        }});
        server.listen({port});
        process.on('SIGTERM', () => server.close(() => process.exit(0)));
        """, **more})
