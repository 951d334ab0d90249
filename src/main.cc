#include <exception>
#include <iostream>

#include "base/result.hh"
#include "cli/main.hh"

int main(int argc, char** argv) {
  try {
    return podwright::cli::main(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << "error: internal error: " << problem.what() << '\n';
    return podwright::exit_code(podwright::ErrorCode::internal);
  }
}
