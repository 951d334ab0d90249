#include "remote/script.hh"

#include <doctest/doctest.h>

#include "base/fs.hh"
#include "base/spawn.hh"
#include "support/must.hh"

using namespace podwright;
using namespace podwright::remote;

namespace {

constexpr std::string_view kMarker = "0123456789abcdef";

struct Outcome {
  std::string out;
  std::optional<int> exit_code;
  bool begun;
};

Outcome unframed(std::string_view text, size_t step = 1) {
  Unframer unframer(kMarker);
  std::string out;
  for (size_t at = 0; at < text.size(); at += step) out += unframer.feed(text.substr(at, step));
  out += unframer.rest();
  return {out, unframer.exit_code(), unframer.begun()};
}

// The script as a login shell on the other side would run it: the remote command is one word of a command line.
Outcome run_as_remote(const Script& script, const std::string& shell, const std::string& noise = {}) {
  auto folder = must(TempDir::make("script-test"));
  auto file = folder.path() / "command";
  REQUIRE(write_file(file, noise + remote_command(script) + "\n"));
  auto ended = must(run({.argv = {shell, file}, .input = script_stdin(script, kMarker), .max_output = 8 << 20}));
  return unframed(ended.out, 4096);
}

Outcome run_as_remote(const Script& script) {
  return run_as_remote(script, "sh");
}

}  // namespace

TEST_CASE("the remote command says nothing but how long the script is") {
  Script script{.text = "true", .args = {"; rm -rf /", "$(id)"}, .input = "secret"};
  auto length = script_file(script).size();
  CHECK(remote_command(script) == "exec sh -c 'eval \"$(head -c " + std::to_string(length) + ")\"'");
  CHECK(script_file(script) == script_file({.text = "true"}));
}

TEST_CASE("words arrive byte for byte") {
  std::vector<std::string> words{"plain", "",      " ",  "two words", "a\nb\n",   "\n",      "$HOME",
                                 "`id`",  "$(id)", "'",  "\"",        "\\",       "\\n",     "\\c",
                                 "%s",    "*",     "-n", "ümläut",    "\x80\xff", "\t\r\x01"};
  Script script{.text = R"(for word do printf '%s\0' "$word"; done)", .args = words};
  std::string expected;
  for (const auto& word : words) expected += word + '\0';
  auto outcome = run_as_remote(script);
  CHECK(outcome.out == expected);
  CHECK(outcome.exit_code == 0);
}

TEST_CASE("the input reaches the script to the last byte, and no byte more") {
  std::string input;
  for (int i = 0; i < 100'000; ++i) input += static_cast<char>(i * 7);
  auto outcome = run_as_remote({.text = "cat", .input = input});
  CHECK(outcome.out == input);
  CHECK(run_as_remote({.text = "IFS= read -r line; printf '%s|' \"$line\"; head -c 3; echo; cat", .input = "a b\nxyz!"})
            .out == "a b|xyz\n!");
}

TEST_CASE("the exit code is the script's own") {
  for (int code : {0, 1, 3, 127, 255})
    CHECK(run_as_remote({.text = "exit \"$1\"", .args = {std::to_string(code)}}).exit_code == code);
  CHECK(run_as_remote({.text = "kill -9 $(sh -c 'echo $PPID')"}).exit_code == 137);
  CHECK(run_as_remote({.text = "exec false"}).exit_code == 1);
  CHECK(run_as_remote({.text = "printf 'no newline'; exec true"}).out == "no newline");
}

TEST_CASE("a login shell that prints, whatever it is, does not disturb") {
  Script script{.text = "echo \"$1\"; exit 4", .args = {"it's"}};
  for (const char* shell : {"sh", "bash"})
    for (const char* noise :
         {"", "echo Welcome\n", "printf 'no newline'\n", "echo 0123456789abcdef\n", "echo x >&2\n"}) {
      INFO(shell, " ", noise);
      auto outcome = run_as_remote(script, shell, noise);
      CHECK(outcome.out == "it's\n");
      CHECK(outcome.exit_code == 4);
    }
}

TEST_CASE("output counts from the marker on, however it is cut into pieces") {
  std::string text = "noise\n0123456789abcdef begin\none\n\n0123456789abcdef two\n0123456789abcdef end 7\nmore noise";
  for (size_t step : {1, 2, 3, 5, 17, 1000}) {
    INFO(step);
    auto outcome = unframed(text, step);
    CHECK(outcome.out == "one\n\n0123456789abcdef two\n");
    CHECK(outcome.exit_code == 7);
  }
}

TEST_CASE("a line comes through when it is complete, not when the next one begins") {
  Unframer unframer(kMarker);
  CHECK(unframer.feed("0123456789abcdef begin\nfirst\n") == "first\n");
  CHECK(unframer.feed("no newline") == "no newline");
  CHECK(unframer.feed("0123456789abcdef end 0\n").empty());
  CHECK(unframer.exit_code() == 0);
}

TEST_CASE("a script that did not end by itself has no exit code, and nothing of its output is lost") {
  auto cut = unframed("0123456789abcdef begin\nhalf\n0123456789abc");
  CHECK(cut.out == "half\n0123456789abc");
  CHECK(cut.begun);
  CHECK_FALSE(cut.exit_code);
  auto never = unframed("bash: exec: sh: not found\n");
  CHECK_FALSE(never.begun);
  CHECK(never.out.empty());
}
