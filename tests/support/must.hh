// must(result): the value, or a test failure that says the error's text.
#pragma once

#include <doctest/doctest.h>

#include "base/result.hh"

namespace podwright {

template <class T>
T must(Result<T> result) {
  if (!result) FAIL(result.error().text());
  return *std::move(result);
}

}  // namespace podwright
