#include "build/instruction.hh"

#include <doctest/doctest.h>

#include "build/instructions.hh"

using namespace podwright::build;

TEST_CASE("no command, value or file name ends its instruction or starts another one") {
  for (std::string_view text : {"npm run build", "echo a\nRUN --network=host evil", "echo a \\", "echo a \\  ", "--network=host x", "[\"x\"]", "cat <<EOF", "\n", "a\r\nFROM x", "a\x01"}) {
    CAPTURE(text);
    auto read = read_instructions(run_instruction({}, text) + "CMD [\"end\"]\n", true);
    REQUIRE(read.size() == 2);
    CHECK(read[0].keyword == "RUN");
    CHECK(read[0].flags.empty());
    CHECK(read[1].keyword == "CMD");
  }
  CHECK_FALSE(assignments("ENV", {{"A", "x\nRUN evil"}}));
  CHECK_FALSE(assignments("ENV", {{"A B", "x"}}));
  CHECK(*assignments("ENV", {{"A", "a\"b\\$c"}}) == "ENV A=\"a\\\"b\\\\\\$c\"\n");
  CHECK_FALSE(copy_instruction("", std::vector<std::string>{"a\nRUN evil"}, "/app/"));
  CHECK(*copy_instruction("", std::vector<std::string>{"[id]$x*.js"}, "/app/") == "COPY [\"[[]id]\\\\$x[*].js\", \"/app/\"]\n");
  CHECK(comment("a\nRUN evil") == "# a\\nRUN evil\n");
}
