// Identifiers: 26 lower-case characters, a millisecond time and 80 random bits, so they sort by age (like a ULID).
#pragma once

#include <string>

namespace podwright {

std::string new_id();
std::string random_hex(int bytes);  // from the kernel's generator; 2 characters a byte

}  // namespace podwright
