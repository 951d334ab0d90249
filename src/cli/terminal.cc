#include "cli/terminal.hh"

#include <fmt/format.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <iostream>

namespace podwright::cli {

namespace {

std::atomic<int> interrupted = 0;

void on_interrupt(int number) {
  if (++interrupted < 3) return;
  ::signal(number, SIG_DFL);
  ::raise(number);
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    auto done = ::write(fd, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return;
    text.remove_prefix(static_cast<size_t>(done));
  }
}

std::string read_line_from_input() {
  std::string line;
  std::getline(std::cin, line);
  return line;
}

}  // namespace

std::string Terminal::paint(std::string_view code, std::string_view text) const {
  return colour && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

Terminal standard_terminal() {
  Terminal terminal;
  terminal.out = [](std::string_view text) { write_all(1, text); };
  terminal.err = [](std::string_view text) { write_all(2, text); };
  terminal.read_line = read_line_from_input;
  const char* kind = std::getenv("TERM");
  terminal.live = ::isatty(1) && kind && std::string_view(kind) != "dumb";
  terminal.interactive = ::isatty(0) && ::isatty(2);
  const char* no_colour = std::getenv("NO_COLOR");
  terminal.colour = terminal.live && !(no_colour && *no_colour);
  winsize size{};
  if (::ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) terminal.width = size.ws_col;
  return terminal;
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

int interrupts() { return interrupted; }
void forget_interrupts() { interrupted = 0; }

}  // namespace podwright::cli
