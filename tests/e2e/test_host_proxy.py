#!/usr/bin/env python3
"""A server's proxy on real hosts: the contract of every proxy over SSH, from outside, and over a reboot."""
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import fleet

SUITE = os.environ["PODWRIGHT_CONTRACT_PROXY"]


def in_network(host, *arguments, **environment):
    """The contract's tests in the network of the host: what they listen with on 127.0.0.1, its proxy reaches there."""
    variables = {**os.environ, "PODWRIGHT_TEST_HOST": host.name, "PODWRIGHT_TEST_SSH_CONFIG": str(host.ssh_config), **environment}
    subprocess.run(["nsenter", f"--net=/run/netns/{host.name}", SUITE, *arguments], env=variables, check=True, timeout=900)


def answer_from_outside(host, port, name):
    request = urllib.request.Request(f"http://{host.address}:{port}/", headers={"Host": name} if name else {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def install_application(host):
    """What answers on 127.0.0.1:20001 from boot on, with no control plane: a socket unit and one shell command."""
    host.write("/etc/systemd/system/app.socket", "[Socket]\nListenStream=127.0.0.1:20001\nAccept=yes\n[Install]\nWantedBy=sockets.target\n")
    host.write("/etc/systemd/system/app@.service",
               "[Service]\nStandardInput=socket\nExecStart=/bin/sh -c \"printf 'HTTP/1.1 200 OK\\\\r\\\\nContent-Length: 5\\\\r\\\\nConnection: close\\\\r\\\\n\\\\r\\\\nhello'; head -c 1 >/dev/null\"\n")
    host.run(["systemctl", "daemon-reload"])
    host.run(["systemctl", "enable", "--now", "app.socket"])


def check_reboot(host):
    install_application(host)
    port = 80 if host.mode == "rootful" else 8080
    in_network(host, "--no-skip", "-tc=a proxy that stays on its host", PODWRIGHT_TEST_STAYS=f"{port} {host.address}")
    serves = lambda: answer_from_outside(host, port, "") == (200, "hello")
    assert serves(), answer_from_outside(host, port, "")
    for hard in (False, True):
        host.reboot(hard=hard)
        fleet.wait_until(serves, 30, lambda: f"after the reboot: {answer_from_outside(host, port, '')}")
        assert answer_from_outside(host, port, "shop.localhost") == (200, "hello")
        assert answer_from_outside(host, port, "other.example")[0] == 404


def main():
    reason = fleet.why_not()
    if reason:
        sys.exit(f"test hosts cannot be raised: {reason}")
    wanted = [words.split("/") for words in os.environ.get("PODWRIGHT_TEST_HOSTS", "trixie/rootless bookworm/rootless").split()]
    with fleet.Fleet() as hosts:
        for release, mode in wanted:
            host = hosts.raise_hosts(release=release, mode=mode)[0]
            in_network(host)
            check_reboot(host)
            print(f"{release} {mode}: the contract holds, and a reboot changes nothing", flush=True)


if __name__ == "__main__":
    main()
