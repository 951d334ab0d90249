#include "analyze/scan.hh"

#include <doctest/doctest.h>

#include "analyze/versions.hh"

using namespace podwright::analyze;

TEST_CASE("a command line names its port in many ways") {
  struct Row {
    const char* command;
    int port;
    bool honors;
  };
  for (const Row& row : {Row{"next start -p 3001", 3001, false}, Row{"gunicorn -b 0.0.0.0:8000 app:app", 8000, false}, Row{"serve --port=5000", 5000, false},
                         Row{"puma -p ${PORT:-9292}", 9292, true}, Row{"uvicorn app:app --port $PORT", 0, true}, Row{"PORT=4000 node x", 4000, false},
                         Row{"java -Dserver.port=8443 -jar a.jar", 8443, false}}) {
    CAPTURE(row.command);
    const auto found = port_in_command(row.command);
    REQUIRE(found);
    CHECK(found->port == row.port);
    CHECK(found->honors_port == row.honors);
  }
  CHECK_FALSE(port_in_command("mkdir -p build && node server.js"));
}

TEST_CASE("a port in code is a literal, a read of $PORT, or the name of one") {
  const char* file = "const PORT = parseInt(process.env.PORT || '4001', 10);\nconst plain = 5;\nlet port = 8080;\n";
  CHECK(port_in_code("PORT", file)->port == 4001);
  CHECK(port_in_code("PORT", file)->honors_port);
  CHECK(port_in_code("port", file)->port == 8080);
  CHECK(port_in_code("\"127.0.0.1:9000\"", "")->loopback);
  CHECK(port_in_code("\"127.0.0.1:9000\"", "")->port == 9000);
  CHECK_FALSE(port_in_code("plain", file));
}

TEST_CASE("version ranges of npm, Cargo, Poetry and PEP 440 choose the newest that fits") {
  const auto choose = [](const char* constraint) { return newest_allowed(constraint, {"22", "20", "18", "16"}).value_or("none"); };
  CHECK(choose("") == "22");
  CHECK(choose(">=18 <21") == "20");
  CHECK(choose("^18.17.0") == "18");
  CHECK(choose("16.x || 18.x") == "18");
  CHECK(choose("v20.11.1") == "20");
  CHECK(choose("16 - 18") == "18");
  CHECK(choose("<16") == "none");
  const auto python = [](const char* constraint) { return newest_allowed(constraint, {"3.13", "3.12", "3.11", "3.10"}).value_or("none"); };
  CHECK(python(">=3.10,<3.13") == "3.12");
  CHECK(python("~=3.11.2") == "3.11");
  CHECK(python("^3.10") == "3.13");
  CHECK(python("==3.11.*") == "3.11");
  CHECK(python("!=3.13,>=3.10") == "3.12");
}

TEST_CASE("tests and examples are beside the point, but a package may be called com.example") {
  CHECK(is_beside_the_point("tests/a.py"));
  CHECK(is_beside_the_point("src/test/java/com/acme/A.java"));
  CHECK(is_beside_the_point("examples/x/main.go"));
  CHECK(is_beside_the_point("a.test.js"));
  CHECK_FALSE(is_beside_the_point("src/main/java/com/example/demo/Main.java"));
  CHECK_FALSE(is_beside_the_point("com/example/Main.java"));
}
