#include <doctest/doctest.h>

#include "build/build.hh"

using namespace podwright;
using namespace podwright::build;

TEST_CASE("what reaches out of a build is refused with its line") {
  struct Row {
    std::string_view text;
    int line;
  };
  const Row rows[] = {
      {"FROM scratch\nRUN --mount=type=bind,from=evil,source=/,target=/host cat /host/etc/shadow\n", 2},
      {"FROM scratch\nRUN --mount=from=evil,target=/host true\n", 2},
      {"FROM scratch\nrun --MOUNT=type=cache,id=../../etc,target=/x true\n", 2},
      {"FROM scratch\nRUN --mount=type=cache,target=/a/../../x true\n", 2},
      {"FROM scratch\nRUN \\\n  # a comment\n  --mount=type=bind,source=../..,target=/x \\\n  true\n", 2},
      {"FROM scratch\nRUN --mo\"unt\"=type=bind,'from'=a,target=/x true\n", 2},
      {"# escape=`\nFROM scratch\nRUN `\n --security=insecure true\n", 3},
      {"FROM scratch\nRUN --network=host true\n", 2},
      {"FROM scratch\nRUN --device=/dev/sda true\n", 2},
      {"FROM scratch\nONBUILD RUN --network=host true\n", 2},
      {"FROM dir:/etc\n", 1},
      {"ARG A=di\nARG B=r:/etc\nFROM ${A}${B}\n", 3},
      {"FROM ${X:-oci-archive:/root/x.tar}\n", 1},
      {"FROM --platform=linux/amd64 localhost/podwright/other-app:latest\n", 1},
      {"FROM scratch\nCOPY --from=dir:/etc passwd /\n", 2},
      {"FROM scratch\nADD http://169.254.169.254/latest /x\n", 2},
      {"FROM scratch\nADD [\"http://user@127.0.0.1:80/\", \"/x\"]\n", 2},
      {"FROM scratch\nADD file:///etc/shadow /x\n", 2},
      {"FROM scratch\nRUN cat <<EOF\nRUN --network=host true\nEOF\n", 3},
      {"FROM scratch\nARG S=from=x\nRUN --mount=type=bind,$S,target=/x true\n", 3},
      {"FROM scratch\nRUN --mount=type=bind,source=.,target=/x,bind-propagation=rshared true\n", 2},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    auto status = check_containerfile(row.text, "Dockerfile");
    REQUIRE_FALSE(status);
    CHECK(status.error().code == ErrorCode::denied);
    CHECK(status.error().origin == fmt::format("Dockerfile:{}", row.line));
    CHECK_FALSE(status.error().hint.empty());
  }
  CHECK_FALSE(check_containerfile("FROM scratch\n", "Dockerfile.in"));
}

TEST_CASE("ordinary Dockerfiles pass") {
  for (std::string_view text : {
           "# syntax=docker/dockerfile:1\nFROM node:22-slim AS build\nWORKDIR /app\nCOPY . .\nRUN --mount=type=cache,target=/root/.npm npm ci\nFROM scratch\nCOPY --from=build /app /app\n",
           "FROM python:3.13\nRUN --mount=type=bind,source=uv.lock,target=uv.lock --mount=type=cache,id=uv,target=/root/.cache/uv pip install uv\n",
           "FROM alpine\nRUN --mount=type=secret,id=token cat /run/secrets/token >/dev/null\nADD https://example.org/x.tar.gz /x\n",
           "FROM alpine\nRUN --mount=type=tmpfs,target=/tmp --network=none echo \"--network=host\"\n",
           "FROM alpine\nRUN <<EOF\necho hello\nEOF\n",
           "FROM localhost/podwright/base/cc:13-0123\n",
       }) {
    CAPTURE(text);
    auto status = check_containerfile(text, "Dockerfile");
    CHECK_MESSAGE(status.has_value(), (status ? "" : status.error().text()));
  }
}
