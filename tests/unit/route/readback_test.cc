#include "route/readback.hh"

#include <doctest/doctest.h>

using namespace podwright::route;

TEST_CASE("HAProxy's answers are read by their column names, and nonsense reads as nothing") {
  auto servers = read_servers(
      "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_fqdn srv_port\n"
      "3 s1 1 a 127.0.0.1 2 0 - 9001\n3 s1 2 b 127.0.0.1 2 8 - 9002\n4 s2 1 c 127.0.0.1 0 1 - 9003\n\n");
  CHECK(servers.at("s1").at("a") == Server{9001, ServerState::ready});
  CHECK(servers.at("s1").at("b") == Server{9002, ServerState::draining});
  CHECK(servers.at("s2").at("c") == Server{9003, ServerState::maintenance});
  CHECK(read_map("0x55 a.localhost s1\n0x56 b.localhost s2\n\n") ==
        std::map<std::string, std::string>{{"a.localhost", "s1"}, {"b.localhost", "s2"}});
  CHECK(read_sessions("# pxname,svname,qcur,qmax,scur,smax\ns1,a,1,0,4,0\ns1,b,0,0,0,0\ns2,a,0,0,9,0\n", "s1", "a") ==
        5);
  auto info = read_info("Name: HAProxy\nPid: 42\ndescription: podwright ab 128\n");
  CHECK(info.pid == 42);
  CHECK(info.description == "podwright ab 128");
  CHECK(read_servers("Unknown command").empty());
  CHECK(read_map("Unknown map identifier.").empty());
  CHECK(read_sessions("No such proxy.\n", "s1", "a") == 0);
}

TEST_CASE("the answers to several commands are told apart by the empty line that ends each") {
  CHECK(read_answers("1\n2\n\n\nentry not found.\n\n") == std::vector<std::string>{"1\n2\n", "", "entry not found.\n"});
  CHECK(read_answers("").empty());
  CHECK(read_answers("broken off").empty());
}

TEST_CASE("the sessions of one server are found among all") {
  const char* text =
      "0x1a: proto=tcpv4 src=127.0.0.1:1 fe=web be=s1 srv=a ts=00 epoch=0 age=1s\n"
      "0x1b: proto=tcpv4 src=127.0.0.1:2 fe=web be=s1 srv=ab ts=00 epoch=0 age=1s\n"
      "0x1c: proto=unix_stream src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=00\n";
  CHECK(read_session_ids(text, "s1", "a") == std::vector<std::string>{"0x1a"});
  CHECK(read_session_ids(text, "s2", "a").empty());
}

TEST_CASE("the master names itself and the workers that still drain") {
  const char* text =
      "#<PID>          <type>          <reloads>       <uptime>        <version>\n"
      "100             master          2 [failed: 0]   0d00h00m28s     2.6.12\n"
      "# workers\n103             worker          0               0d00h00m00s     2.6.12\n"
      "# old workers\n102             worker          1               0d00h00m10s     2.6.12\n"
      "101             worker          2               0d00h00m28s     2.6.12\n# programs\n\n";
  CHECK(read_master(text) == 100);
  CHECK(read_worker(text) == 103);
  CHECK(read_worker("") == 0);
  CHECK(read_old_workers(text) == std::vector<int>{102, 101});
  CHECK(read_old_workers("").empty());
}

TEST_CASE("why it did not start are its alerts, each once and printable") {
  CHECK(read_alerts("podman[7]: container died\n[ALERT]    (1) : cannot bind \x1b[0m socket\n[WARNING] (1) : x\n"
                    "16:00 [ALERT]    (1) : cannot bind \x1b[0m socket\n[ALERT]    (1) : giving up\n")
            .starts_with("[ALERT]    (1) : cannot bind "));
  CHECK(read_alerts("[ALERT] a\n[ALERT] b\nx [ALERT] a\n") == "[ALERT] a; [ALERT] b");
  CHECK(read_alerts("[NOTICE] fine\n").empty());
}
