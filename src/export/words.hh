// Words of a command line in a unit file. systemd splits a line into words at blanks, with quotes and C escapes,
// replaces specifiers (%n) and then variables (${NAME}); Quadlet splits its keys with code of its own, which differs in
// places, and writes them anew for systemd. What leaves here arrives byte for byte. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.hh"

namespace podwright::units {

// A word for a line that systemd reads itself. Any bytes but NUL.
std::string systemd_word(std::string_view word);

// Words that go through Quadlet, which loses an empty word with all that follow it, takes no care of a lone ";" and
// breaks U+0080: those become variables that systemd replaces, and which environment_lines() defines for the unit.
class QuadletWords {
 public:
  std::string word(std::string_view text);  // for keys that are split into words
  std::string raw(
      std::string_view text);  // for keys that are taken as they are; no control characters, no blanks at the ends
  std::string environment_lines() const;  // for [Service]; "" when nothing needs them

 private:
  std::string with_variables(std::string_view text);

  std::set<std::string_view> used_;
};

// Whether a key that is taken as it is takes this: Quadlet trims blanks and quotes, and a backslash continues the line.
bool fits_raw(std::string_view text);

// Whether Quadlet can carry it: it writes text as it is, and systemd drops a line with code points that Unicode keeps
// for no character (U+FFFE, U+FDD0 …) as it does one that is not UTF-8.
bool quadlet_can_carry(std::string_view text);

}  // namespace podwright::units
