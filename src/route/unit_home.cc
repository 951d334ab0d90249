#include "route/unit_home.hh"

#include "base/text.hh"
#include "route/control.hh"
#include "route/readback.hh"

namespace podwright::route {

namespace {

constexpr size_t kLongestWords = 1000;

}  // namespace

Result<std::string> UnitHome::ask(const std::string& socket, std::string_view command, Millis limit) {
  auto path = TRY(reach_.socket(socket));
  auto kind = reach_.forwarded ? SocketKind::forwarded : SocketKind::own;
  auto answer = ControlSocket(path.parent_path(), path.filename(), kind).ask(command, limit);
  if (!answer && answer.error().code != ErrorCode::not_found)
    return std::unexpected(std::move(answer).error().at(reach_.place));
  return answer;
}

std::string UnitHome::last_words() {
  auto journal = reach_.last_words ? reach_.last_words() : std::string();
  auto alerts = read_alerts(journal);
  if (!alerts.empty()) return alerts;
  auto words = printable(trim(journal));
  if (words.size() > kLongestWords) words = "…" + words.substr(words.size() - kLongestWords);
  return words.empty() ? "its journal says nothing" : words;
}

}  // namespace podwright::route
