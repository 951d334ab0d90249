#!/usr/bin/env python3
"""Unpacks Debian 13's podman package beside the system and prints the path of its Quadlet generator.

The package comes from the mirror that this machine's apt uses itself, and is kept in the user's cache folder, outside
the tree: a second call needs no network. Nothing is installed.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SUITE = "trixie"
KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "podwright-tests" / f"podman-{SUITE}"


def run(*argv, folder=None):
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"debian_podman: {argv[0]} failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def mirror():
    """Of Debian itself, as apt knows it here."""
    for line in run("apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)").splitlines():
        words = line.split()
        if words[:2] == ["Debian", "Debian"]:
            return words[2]
    sys.exit("debian_podman: apt knows no mirror of Debian here")


def apt_root(folder):
    """A private apt: the lists of this one suite, none of the machine's packages."""
    for path in ("lists/partial", "archives/partial", "parts"):
        (folder / path).mkdir(parents=True)
    (folder / "status").touch()
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    (folder / "sources.list").write_text(f"deb {signed}{mirror()} {SUITE} main\n")
    options = {
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder,
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": folder / "parts",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "",
    }
    return [argument for key, value in options.items() for argument in ("-o", f"{key}={value}")]


def unpack(target):
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        scratch = pathlib.Path(scratch)
        options = apt_root(scratch)
        run("apt-get", *options, "-qq", "update")
        run("apt-get", *options, "-qq", "download", "podman", folder=scratch)
        package = next(scratch.glob("podman_*.deb"))
        run("dpkg-deb", "-x", str(package), str(scratch / "root"))
        shutil.rmtree(target, ignore_errors=True)
        (scratch / "root").rename(target)


def main():
    target = cache_folder()
    quadlet = target / "usr/libexec/podman/quadlet"
    if not quadlet.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        unpack(target)
    print(quadlet)


if __name__ == "__main__":
    main()
