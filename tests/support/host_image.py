"""Root file systems of test hosts: Debian with systemd, sshd and Podman, made once by mmdebstrap and kept.

They lie in $XDG_CACHE_HOME/podwright-tests, named by a hash of this file, and are only ever read: every host writes into
an overlay of its own.
"""
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import time

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "podwright-tests"
KEPT_UNUSED = 14 * 86400  # seconds after which an image of an older recipe goes

COMMON = ["systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "udev", "openssh-server", "podman", "crun",
          "netavark", "aardvark-dns", "uidmap", "slirp4netns", "fuse-overlayfs", "nftables", "iproute2", "procps", "curl",
          "ca-certificates", "catatonit", "haproxy"]
PACKAGES = {
    "trixie": COMMON + ["passt", "polkitd"],        # Podman 5.4 with Quadlet
    "bookworm": COMMON + ["iptables", "policykit-1"],  # Podman 4.3 without it; its netavark wants iptables
}
# What would touch the machine that runs the hosts (its kernel settings, modules, devices), or only costs time.
MASKED = ["systemd-networkd.service", "systemd-networkd.socket", "systemd-resolved.service", "systemd-udevd.service",
          "systemd-udev-trigger.service", "systemd-udev-load-credentials.service", "systemd-udevd-kernel.socket",
          "systemd-udevd-control.socket", "systemd-sysctl.service", "systemd-modules-load.service", "systemd-binfmt.service",
          "proc-sys-fs-binfmt_misc.automount", "proc-sys-fs-binfmt_misc.mount", "dev-hugepages.mount", "sys-kernel-debug.mount",
          "sys-kernel-tracing.mount", "systemd-tmpfiles-setup-dev.service", "systemd-timesyncd.service", "console-getty.service",
          "getty@tty1.service", "haproxy.service", "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer",
          "fstrim.timer", "e2scrub_all.timer"]
USER = "deploy"  # uid 1000, with linger, subordinate ids and its podman.socket enabled


def root_filesystem(release):
    """The folder of a release's root file system; makes it when there is none yet (about 40 s)."""
    recipe = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()[:12]
    folder = CACHE / f"{release}-{recipe}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{release}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            remove_old(release)
            make(release, folder)
        os.utime(folder)
    return folder


def remove_old(release):
    for other in CACHE.glob(f"{release}-*"):
        if time.time() - other.stat().st_mtime > KEPT_UNUSED:
            shutil.rmtree(other)


def make(release, folder):
    made = folder.with_suffix(".new")
    shutil.rmtree(made, ignore_errors=True)
    quiet(["mmdebstrap", "--quiet", "--variant=apt", f"--include={','.join(PACKAGES[release])}",
           *[f"--dpkgopt=path-exclude=/usr/share/{what}/*" for what in ("doc", "man", "locale", "info")], release, made])
    quiet(["systemctl", f"--root={made}", "mask", *MASKED])
    quiet(["systemctl", f"--root={made}", "enable", "ssh.service", "podman.socket"])
    # The control groups of a container in a container have no pids controller here, and Podman asks for one by default.
    (made / "etc/containers").mkdir(exist_ok=True)
    (made / "etc/containers/containers.conf").write_text("[containers]\npids_limit=0\n")
    if release == "bookworm":
        # Where the machine below has the old hierarchies too, they show as "/" inside, and Podman 4.3 leaves its unit's group
        # unless that belongs to its user as well; systemd then loses sight of the container. A real server has none of them.
        (made / "etc/tmpfiles.d/control-groups.conf").write_text(f"z /sys/fs/cgroup - {USER} -\n")
    for key in (made / "etc/ssh").glob("ssh_host_*"):
        key.unlink()  # every host gets its own
    add_user(made)
    made.rename(folder)


def add_user(root):
    quiet(["chroot", root, "useradd", "--create-home", "--shell", "/bin/bash", USER])
    linger = root / "var/lib/systemd/linger"
    linger.mkdir(parents=True, exist_ok=True)
    (linger / USER).touch()
    wanted = root / "home" / USER / ".config/systemd/user/sockets.target.wants"
    wanted.mkdir(parents=True)
    (wanted / "podman.socket").symlink_to("/usr/lib/systemd/user/podman.socket")
    quiet(["chroot", root, "chown", "-R", f"{USER}:{USER}", f"/home/{USER}"])


def quiet(argv):
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))} failed:\n{done.stdout}{done.stderr}")
