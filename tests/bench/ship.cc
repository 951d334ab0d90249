// podwright_ship: ships what its standard input names, as a daemon that keeps running does, for tests/bench/bench.py.
// Usage: podwright_ship LAYOUT LOCAL_SOCKET REMOTE_SOCKET < lines "IMAGE_ID REFERENCE"; a line of JSON for each.
#include <fmt/format.h>

#include <iostream>
#include <sstream>

#include "ship/ship.hh"

int main(int argc, char** argv) {
  using namespace podwright;
  if (argc != 4) {
    std::cerr << "usage: podwright_ship LAYOUT LOCAL_SOCKET REMOTE_SOCKET\n";
    return 2;
  }
  ship::Layout layout(argv[1], podman::Client(argv[2]));
  podman::Client remote(argv[3]);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string id, reference;
    words >> id >> reference;
    auto shipped = ship::ship(layout, id, remote, reference);
    if (!shipped) {
      std::cerr << shipped.error().text() << "\n";
      return exit_code(shipped.error().code);
    }
    std::cout << fmt::format(R"({{"ms":{},"bytes_sent":{},"bytes_total":{},"layers_sent":{}}})", shipped->ms,
                             shipped->bytes_sent, shipped->bytes_total, shipped->layers_sent)
              << std::endl;
  }
}
