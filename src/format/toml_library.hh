// The one way to include toml++, for .cc files only: its classes differ with these settings, so two files that choose
// differently would make one program of two definitions.
#pragma once

#define TOML_MAX_NESTED_VALUES 48
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 1
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#include <toml++/toml.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
