#include "health/oom.hh"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace podwright;

TEST_CASE("the counter is found in the memory hierarchy of version 1, else in that of version 2") {
  CHECK(oom_counter_file("9:name=systemd:/\n4:memory:/libpod_parent/libpod-3a07\n1:cpu,cpuacct:/x\n0::/\n") ==
        "/sys/fs/cgroup/memory/libpod_parent/libpod-3a07/memory.oom_control");
  CHECK(oom_counter_file("0::/user.slice/libpod-3a07.scope/container\n") ==
        "/sys/fs/cgroup/user.slice/libpod-3a07.scope/container/memory.events");
  CHECK(oom_counter_file("0::/a:b\n") == "/sys/fs/cgroup/a:b/memory.events");
  CHECK(oom_counter_file("3:cpu:/x\n").empty());
  CHECK(oom_counter_file("nonsense\n:::\n0:\n").empty());
  CHECK(oom_counter_file("").empty());
}

TEST_CASE("the kills are read from either version's file") {
  CHECK(oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n") == 1);
  CHECK(oom_kills("low 0\nhigh 0\nmax 12\noom 4\noom_kill 3\noom_group_kill 0\n") == 3);
  CHECK(oom_kills("oom_kill x\n") == 0);
  CHECK(oom_kills("") == 0);
}

TEST_CASE("what does not run or has no cgroup counts nothing") {
  CHECK(OomCounter().kills() == 0);
  CHECK(OomCounter(::getpid()).kills() == 0);
  CHECK(OomCounter(1 << 30).kills() == 0);
}
