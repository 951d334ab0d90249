#!/usr/bin/env python3
"""Real servers for tests: Debian with systemd, sshd and Podman, each a systemd-nspawn container in a network of its own.

    with Fleet() as fleet:
        [old, new] = fleet.raise_hosts(release="bookworm") + fleet.raise_hosts(release="trixie", mode="rootful")
        new.ssh("podman version"); new.cut(); new.heal(); old.reboot()

As a command, for trying things by hand:

    fleet.py raise [--count 2] [--release trixie|bookworm] [--mode rootless|rootful] [--storage MB]
    fleet.py ls
    fleet.py ssh NAME [COMMAND…]
    fleet.py run trixie:rootless bookworm:rootful -- COMMAND…
                                   the command with $PODWRIGHT_TEST_HOSTS, a line a host: release, mode, name, destination,
                                   host key, ssh_config, between tabs
    fleet.py drop [ID…]            without an id: all that `raise` made, and what dead test runs left

A host boots to SSH in about a second. Needs root. A fleet removes everything that it made when its `with` ends; what a
killed run left is removed by the next fleet. Several fleets live side by side: each host takes a free 10.99.N.0/24.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import uuid

import host_image

RUNS = host_image.CACHE / "runs"
CLEAN_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
BOOT_SECONDS = 60


def why_not():
    """Why no host can be raised here; empty when it can."""
    if os.geteuid() != 0:
        return "test hosts need root"
    missing = [name for name in ("systemd-nspawn", "mmdebstrap", "nft", "ip", "nsenter", "unshare") if not shutil.which(name)]
    return f"missing: {' '.join(missing)} (scripts/install-packages test)" if missing else ""


class Fleet:
    """Hosts that live and end together, with one SSH key. Folder, key and files of a fleet lie in RUNS/id."""

    def __init__(self, kept=False):
        if why_not():
            raise RuntimeError(why_not())
        sweep()
        self.id = uuid.uuid4().hex[:8]
        self.folder = RUNS / self.id
        self.folder.mkdir(parents=True)
        (self.folder / "owner").write_text("kept" if kept else process_identity(os.getpid()))
        self.key_path = make_key(self.folder / "key")
        self.ssh_config = self.folder / "ssh_config"
        self.known_hosts = self.folder / "known_hosts"
        self.hosts = []

    def raise_hosts(self, count=1, release="trixie", mode="rootless", storage_mb=0):
        """Boots them together and returns when all can be logged in to. With storage_mb, /home and Podman's storage lie on
        a disk of that size, for fill_disk()."""
        root = host_image.root_filesystem(release)
        hosts = [self._add(root, release, mode, storage_mb) for _ in range(count)]
        for host in hosts:
            host.wait_ready()
        return hosts

    def _add(self, root, release, mode, storage_mb):
        host = Host(self.folder, claim_network(), release, mode)
        self.hosts.append(host)  # from here on drop() knows it
        host.prepare(root, self.key_path, storage_mb)
        with open(self.known_hosts, "a") as file:
            file.write(f"{host.address} {host.host_key}\n")
        with open(self.ssh_config, "a") as file:
            file.write(f"Host {host.name}\n  HostName {host.address}\n  User {host.user}\n  IdentityFile {self.key_path}\n"
                       f"  IdentitiesOnly yes\n  UserKnownHostsFile {self.known_hosts}\n  BatchMode yes\n  LogLevel ERROR\n")
        host.boot()
        return host

    def drop(self):
        drop_folder(self.folder, self.hosts)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drop()


class Host:
    """One server. `name` is its host name and its alias in ssh_config; `user` is whom the product logs in as."""

    def __init__(self, fleet_folder, number, release, mode):
        self.number, self.release, self.mode = number, release, mode
        self.name = f"podwright-{number}"
        self.address = f"10.99.{number}.2"
        self.port = 22
        self.user = "root" if mode == "rootful" else host_image.USER
        self.destination = f"{self.user}@{self.address}"
        self.folder = fleet_folder / str(number)
        self.ssh_config = fleet_folder / "ssh_config"
        self.key_path = fleet_folder / "key"
        self._process = self._leader = None

    # Making and ending

    def prepare(self, root, key_path, storage_mb):
        for name in ("upper", "work", "root", "disk"):
            (self.folder / name).mkdir(parents=True)
        upper = self.folder / "upper"
        for name, mode in (("etc", 0o755), ("etc/ssh", 0o755), ("root", 0o700), ("root/.ssh", 0o700)):
            (upper / name).mkdir(mode=mode)
        (upper / "etc/hostname").write_text(self.name + "\n")
        (upper / "etc/hosts").write_text(f"127.0.0.1 localhost\n{self.address} {self.name}\n")
        (upper / "etc/resolv.conf").write_text("")  # no name server: a name answers at once that it is unknown
        (upper / "etc/machine-id").write_text(uuid.uuid4().hex + "\n")
        make_key(upper / "etc/ssh/ssh_host_ed25519_key")
        authorized = pathlib.Path(f"{key_path}.pub").read_text()
        (upper / "root/.ssh/authorized_keys").write_text(authorized)
        if storage_mb:
            image = self.folder / "disk.img"
            with open(image, "wb") as file:
                file.truncate(storage_mb << 20)
            must(["mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=1", image])
        (self.folder / "host.json").write_text(json.dumps({
            "release": self.release, "mode": self.mode, "lower": str(root), "authorized": authorized, "storage": bool(storage_mb)}))

    def boot(self):
        """Starts it; the mounts live in the process's own mount namespace and so never outlive it."""
        with open(self.folder / "console", "ab") as console:
            self._process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", sys.executable, __file__, "_boot", self.folder],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
        (self.folder / "pid").write_text(str(self._process.pid))

    def wait_ready(self):
        wait_until(self._ready, BOOT_SECONDS, lambda: f"{self.name} did not boot:\n{self.console()[-2000:]}")

    def _ready(self):
        leader = self.leader()
        if not leader:
            return False
        inside = f"/proc/{leader}/root/run"
        return (os.path.exists(f"{inside}/user/1000/bus") and not os.path.exists(f"{inside}/nologin") and listens(leader, self.port))

    def leader(self):
        """The pid, seen from here, of the host's PID 1; None while it does not run."""
        if self._leader and comm(self._leader) == "systemd":
            return self._leader
        self._leader = next((pid for pid in self._processes() if comm(pid) == "systemd"), None)
        return self._leader

    def _processes(self):
        """Its booting process's children and grandchildren: systemd-nspawn and what that starts."""
        try:
            found = children((self.folder / "pid").read_text())
        except FileNotFoundError:
            return []
        return found + [grandchild for child in found for grandchild in children(child)]

    def console(self):
        return (self.folder / "console").read_text(errors="replace")

    def power_off(self):
        """As when the plug is pulled."""
        end_group(cgroup_name(self.number))
        if self._process:
            self._process.wait()
        self._leader = None

    def reboot(self, hard=False):
        """Boots it anew and waits for it; hard pulls the plug first."""
        before = self.leader()
        if hard:
            self.power_off()
            self.boot()
        else:
            self.run(["systemctl", "--no-block", "reboot"])
            wait_until(lambda: comm(before) != "systemd", BOOT_SECONDS, lambda: f"{self.name} does not go down")
        self.wait_ready()

    # Using

    @property
    def host_key(self):
        """Its public key as in a known_hosts file: "ssh-ed25519 AAAA…"."""
        return " ".join((self.folder / "upper/etc/ssh/ssh_host_ed25519_key.pub").read_text().split()[:2])

    @property
    def fingerprint(self):
        return must(["ssh-keygen", "-lf", self.folder / "upper/etc/ssh/ssh_host_ed25519_key.pub"]).split()[1]

    def run(self, argv, check=True, timeout=60, stdin=None):
        """The command as root inside, past SSH: for arranging and looking."""
        done = subprocess.run(["nsenter", "--target", str(self.leader()), "--all", *argv], env=CLEAN_ENVIRONMENT, input=stdin,
                              capture_output=True, text=True, errors="replace", timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: {' '.join(argv)} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def ssh(self, command, check=True, timeout=60, stdin=None):
        """The command line by SSH as `user`. stdin may be bytes or text."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(["ssh", "-F", self.ssh_config, self.name, command], input=data, capture_output=True, timeout=timeout)
        done.stdout, done.stderr = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: {command} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def write(self, path, text, owner=None, mode="0644"):
        owner = owner or "root"
        self.run(["install", "-D", "-m", mode, "-o", owner, "-g", owner, "/dev/stdin", path], stdin=text)

    # Breaking

    def cut(self, direction="both"):
        """A silent partition: packets "to_host", "from_host" or in "both" directions vanish."""
        rules = {"to_host": "chain prerouting { type filter hook prerouting priority -400;\niifname host0 drop\n}",
                 "from_host": "chain postrouting { type filter hook postrouting priority 400;\noifname host0 drop\n}"}
        wanted = rules.values() if direction == "both" else [rules[direction]]
        self.heal()
        must(self._in_network("nft", "-f", "-"), stdin="table inet podwright_cut {\n" + "\n".join(wanted) + "\n}\n")

    def heal(self):
        subprocess.run(self._in_network("nft", "delete", "table", "inet", "podwright_cut"), capture_output=True)

    def _in_network(self, *argv):
        return ["ip", "netns", "exec", self.name, *argv]

    def kill_ssh_connections(self):
        """Kills the processes of every open connection; sshd itself goes on."""
        self.run(["pkill", "-KILL", "-f", "^sshd(-session)?: [^/]"], check=False)

    def fill_disk(self, leave_bytes=0):
        """Fills the disk of storage_mb but for so many bytes."""
        self.run(["dd", "if=/dev/zero", "of=/home/.filler", "bs=1M"], check=False)
        if leave_bytes:
            self.run(["truncate", "-s", f"-{leave_bytes}", "/home/.filler"])

    def free_disk(self):
        self.run(["rm", "-f", "/home/.filler"])


# Booting: runs as `fleet.py _boot FOLDER` in a mount namespace of its own and stays while the host is up.

NSPAWN_WANTS_A_REBOOT = 133


def be_host(folder):
    host = json.loads((folder / "host.json").read_text())
    must(["mount", "-t", "overlay", "overlay", "-o",
          f"lowerdir={host['lower']},upperdir={folder}/upper,workdir={folder}/work", folder / "root"])
    pathlib.Path("/run/systemd/nspawn").mkdir(parents=True, exist_ok=True)
    must(["mount", "-t", "tmpfs", "tmpfs", "/run/systemd/nspawn"])  # nspawn leaves folders there
    if host["storage"]:
        must(["mount", "-o", "loop", folder / "disk.img", folder / "disk"])
    if not (folder / "disk/home").exists():
        lay_out_disk(folder, host)
    while run_nspawn(folder) == NSPAWN_WANTS_A_REBOOT:
        pass


def run_nspawn(folder):
    number = folder.name
    return subprocess.call([
        "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", f"--directory={folder}/root",
        f"--machine=podwright-{number}", f"--network-namespace-path=/run/netns/podwright-{number}", "--resolv-conf=off",
        "--capability=CAP_NET_ADMIN,CAP_BPF,CAP_PERFMON,CAP_SYSLOG", "--system-call-filter=add_key keyctl bpf perf_event_open",
        "--bind=/dev/fuse", "--bind=/dev/net/tun", f"--bind={folder}/disk/home:/home",
        f"--bind={folder}/disk/containers:/var/lib/containers", "--console=pipe"],
        preexec_fn=lambda: join_group(cgroup_name(number)),
        env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "1"})


def lay_out_disk(folder, host):
    """Podman's overlays need a real file system below, so homes and storage are no overlay."""
    (folder / "disk/containers").mkdir()
    must(["cp", "-a", "--reflink=auto", f"{host['lower']}/home", folder / "disk/home"])
    keys = folder / "disk/home" / host_image.USER / ".ssh"
    keys.mkdir(mode=0o700)
    (keys / "authorized_keys").write_text(host["authorized"])
    owner = keys.parent.stat()
    for path in (keys, keys / "authorized_keys"):
        os.chown(path, owner.st_uid, owner.st_gid)


# Networks: a network namespace and a veth pair, both named after the host. Creating the namespace claims the number.

def claim_network():
    for number in range(1, 255):
        name = f"podwright-{number}"
        taken = f"10.99.{number}." in must(["ip", "-4", "-o", "address"])
        if not taken and subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode == 0:
            connect(number, name)
            return number
    raise RuntimeError("all of 10.99.0.0/16 is taken")


def connect(number, name):
    outside = f"pwtest{number}"
    must(["ip", "link", "add", outside, "type", "veth", "peer", "name", "host0", "netns", name])
    must(["ip", "address", "add", f"10.99.{number}.1/24", "dev", outside])
    must(["ip", "link", "set", outside, "up"])
    for words in (f"address add 10.99.{number}.2/24 dev host0", "link set host0 up", "link set lo up", f"route add default via 10.99.{number}.1"):
        must(["ip", "-n", name, *words.split()])


def disconnect(number):
    subprocess.run(["ip", "link", "delete", f"pwtest{number}"], capture_output=True)
    subprocess.run(["ip", "netns", "delete", f"podwright-{number}"], capture_output=True)


# Control groups: one a host, so that hosts do not share a systemd tree and can be killed as one.

def cgroup_name(number):
    return f"podwright-test-{number}"


def cgroup_roots():
    """Where systemd's trees are: the unified one first, and the named one of a hybrid machine."""
    top = pathlib.Path("/sys/fs/cgroup")
    return [top] if (top / "cgroup.controllers").exists() else [top / "unified", top / "systemd"]


def join_group(name):
    for root in cgroup_roots():
        (root / name).mkdir(exist_ok=True)
        (root / name / "cgroup.procs").write_text("0")


def end_group(name):
    """Kills its processes and removes it: in a group that was killed and stays, new processes may be killed too."""
    group = cgroup_roots()[0] / name
    if group.exists():
        (group / "cgroup.kill").write_text("1")
        wait_until(lambda: "populated 0" in (group / "cgroup.events").read_text(), 20, lambda: f"{group} is not empty")
    for root in cgroup_roots():
        for folder, _, _ in os.walk(root / name, topdown=False):
            wait_until(lambda: remove_empty(folder), 10, lambda: f"{folder} stays busy")


def remove_empty(folder):
    try:
        os.rmdir(folder)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True


# Ending, also of what dead runs left

def drop_folder(folder, hosts=()):
    known = {host.number: host for host in hosts}
    for number in [int(path.name) for path in folder.iterdir() if path.name.isdigit()]:
        if number in known:
            known[number].power_off()
        else:
            end_group(cgroup_name(number))
        disconnect(number)
    for number in known:
        disconnect(number)
    wait_until(lambda: shutil.rmtree(folder, ignore_errors=True) or not folder.exists(), 20, lambda: f"{folder} cannot be removed")


def sweep(also_kept=False):
    for folder in RUNS.iterdir() if RUNS.exists() else []:
        owner = (folder / "owner").read_text() if (folder / "owner").exists() else ""
        if (owner == "kept" and also_kept) or (owner and owner != "kept" and not alive(owner)):
            drop_folder(folder)


def process_identity(pid):
    """Tells a process from a later one with the same number: pid and start time."""
    return f"{pid} {pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()[19]}"


def alive(identity):
    try:
        return process_identity(int(identity.split()[0])) == identity
    except OSError:
        return False


# Small things

def make_key(path):
    must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "podwright-test", "-f", path])
    return path


def comm(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def children(pid):
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def listens(pid, port):
    """Without connecting: sshd holds connections that do not log in against their source."""
    tables = [pathlib.Path(f"/proc/{pid}/net/{name}").read_text() for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table.splitlines()[1:]]
    return any(row[3] == "0A" and int(row[1].rsplit(":", 1)[1], 16) == port for row in rows)


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(what())
        time.sleep(0.02)


def must(argv, stdin=None):
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, input=stdin)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))} failed: {done.stderr or done.stdout}")
    return done.stdout


# The command

def kept_hosts():
    for path in sorted(RUNS.glob("*/*/host.json")):
        known = json.loads(path.read_text())
        yield Host(path.parent.parent, int(path.parent.name), known["release"], known["mode"])


def show(host):
    print(f"{host.folder.parent.name}  {host.name}  {host.destination}  {host.release} {host.mode}  {host.fingerprint}  "
          f"ssh -F {host.ssh_config} {host.name}")


def run_with_hosts(wanted, command):
    if why_not():
        print(f"skipped: {why_not()}")
        return 0
    with Fleet() as fleet:
        for each in wanted:
            release, mode = each.split(":")
            fleet.raise_hosts(release=release, mode=mode)
        lines = ["\t".join((host.release, host.mode, host.name, host.destination, host.host_key, str(host.ssh_config))) for host in fleet.hosts]
        return subprocess.call(command, env={**os.environ, "PODWRIGHT_TEST_HOSTS": "\n".join(lines)})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    raising = commands.add_parser("raise")
    raising.add_argument("--count", type=int, default=1)
    raising.add_argument("--release", choices=host_image.PACKAGES, default="trixie")
    raising.add_argument("--mode", choices=("rootless", "rootful"), default="rootless")
    raising.add_argument("--storage", type=int, default=0, metavar="MB")
    commands.add_parser("ls")
    logging_in = commands.add_parser("ssh")
    logging_in.add_argument("name")
    logging_in.add_argument("words", nargs=argparse.REMAINDER)
    running = commands.add_parser("run")
    running.add_argument("hosts", nargs="+")
    commands.add_parser("drop").add_argument("ids", nargs="*")
    words, command = sys.argv[1:], []
    if "--" in words:
        words, command = words[:words.index("--")], words[words.index("--") + 1:]
    asked = parser.parse_args(words)
    if asked.command == "raise":
        for host in Fleet(kept=True).raise_hosts(asked.count, asked.release, asked.mode, asked.storage):
            show(host)
    elif asked.command == "ls":
        for host in kept_hosts():
            show(host)
    elif asked.command == "run":
        return run_with_hosts(asked.hosts, command)
    elif asked.command == "ssh":
        host = next(host for host in kept_hosts() if host.name == asked.name)
        os.execvp("ssh", ["ssh", "-F", str(host.ssh_config), host.name, *asked.words])
    elif asked.ids:
        for fleet in asked.ids:
            drop_folder(RUNS / fleet)
    else:
        sweep(also_kept=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["_boot"]:
        sys.exit(be_host(pathlib.Path(sys.argv[2])))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
