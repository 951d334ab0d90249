#include "cli/json_lines.hh"

#include <boost/json.hpp>
#include <optional>

#include "cli/fields.hh"
#include "cli/terminal.hh"
#include "format/error_json.hh"

namespace podwright::cli {

Result<int> follow_command(const Client& client, const std::string& path, boost::json::object body,
                           const std::function<void(const boost::json::value& line)>& on_line) {
  std::optional<int> exit_code;
  Status problem_there;
  Lines lines([&](std::string_view line) {
    boost::system::error_code problem;
    auto item = json::parse(line, problem);
    if (problem) return;
    on_line(item);
    if (const auto* failure = find(item, "error"); failure && failure->is_object())
      problem_there = fail(error_from_json(failure->get_object()));
    if (find(item, "exit_code")) exit_code = static_cast<int>(number(item, "exit_code"));
  });
  Stream stream{.path = path, .sink = [&](std::string_view chunk) { lines.feed(chunk); }, .method = "POST", .body = json::serialize(body)};
  client.follow({&stream, 1}, [] { return interrupts() == 0; });
  lines.finish();
  if (interrupts() != 0) return fail(ErrorCode::cancelled, "interrupted");
  TRY(stream.result);
  TRY(problem_there);
  if (!exit_code) return fail(ErrorCode::failed, "the command ended without telling its exit code");
  return *exit_code;
}

}  // namespace podwright::cli
