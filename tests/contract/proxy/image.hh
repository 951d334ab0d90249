#pragma once

#include <string>

#include "build/haproxy_image.hh"

namespace podwright::test {

const std::string& proxy_image();  // the id of the composed image; made once

}  // namespace podwright::test
