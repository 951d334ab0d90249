// The person at the other end: what they see, what they answer, and whether they pressed Ctrl-C.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace podwright::cli {

// Plain data, so that a test stands in for a terminal.
struct Terminal {
  std::function<void(std::string_view)> out;  // standard output, unbuffered
  std::function<void(std::string_view)> err;  // standard error
  std::function<std::string()> read_line;     // without "\n"; "" at the end of input
  bool live = false;         // standard output is a terminal: a line may be redrawn
  bool interactive = false;  // input and error output are terminals: we may ask
  bool colour = false;
  int width = 100;

  std::string dim(std::string_view text) const { return paint("2", text); }
  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string red(std::string_view text) const { return paint("31", text); }
  std::string green(std::string_view text) const { return paint("32", text); }
  std::string yellow(std::string_view text) const { return paint("33", text); }

 private:
  std::string paint(std::string_view code, std::string_view text) const;
};

Terminal standard_terminal();

// From now on Ctrl-C (and SIGTERM) is counted instead of ending us; the third one ends us.
void catch_interrupts();
int interrupts();
void forget_interrupts();  // for tests

}  // namespace podwright::cli
