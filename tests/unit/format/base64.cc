#include "format/base64.hh"

#include <doctest/doctest.h>

using namespace podwright;

TEST_CASE("base64 is that of RFC 4648 and leads back to the bytes") {
  CHECK(to_base64("") == "");
  CHECK(to_base64("f") == "Zg==");
  CHECK(to_base64("fo") == "Zm8=");
  CHECK(to_base64("foobar") == "Zm9vYmFy");
  std::string every;
  for (int i = 0; i < 1000; ++i) every += static_cast<char>(i);
  for (size_t size = 0; size < 10; ++size)
    CHECK(from_base64(to_base64(every.substr(250, size))) == every.substr(250, size));
  CHECK(from_base64(to_base64(every)) == every);
}

TEST_CASE("what is not base64 gives nothing") {
  for (auto text : {"Z", "Zg", "Zg=", "Z===", "Zg==Zg==", " Zg==", "Zg==\n", "Z\xc3\xbc==", "Zm9*"}) {
    INFO(text);
    CHECK_FALSE(from_base64(text).has_value());
  }
}
