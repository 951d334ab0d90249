#include "remote/link.hh"

#include "base/text.hh"
#include "model/name.hh"
#include "remote/local_link.hh"
#include "remote/ssh_link.hh"

namespace podwright::remote {

namespace {

// $1 the folder, $2 the mode; standard input: for each file a line with its size, one with its name, and its bytes.
constexpr std::string_view kPutFiles = R"sh(
umask 077
mkdir -p -- "$1" && cd -- "$1" || exit 1
while IFS= read -r size && IFS= read -r name; do
  case $name in */*) mkdir -p -- "${name%/*}" || exit 1 ;; esac
  new="$name.$$.podwright-new"
  if head -c "$size" > "$new" && [ "$(wc -c < "$new")" -eq "$size" ] && chmod "$2" "$new" && sync "$new" && mv -f -- "$new" "$name"; then
    continue
  fi
  rm -f -- "$new"
  exit 1
done
sync .
)sh";

constexpr size_t kShown = 2000;  // bytes of what a script printed that an error quotes

ErrorCode code_of(std::string_view said) {
  if (said.contains("No space left on device") || said.contains("Disk quota exceeded")) return ErrorCode::exhausted;
  if (said.contains("Permission denied") || said.contains("Read-only file system")) return ErrorCode::denied;
  return ErrorCode::failed;
}

std::string tail(std::string_view text) {
  text = trim(text);
  if (text.size() > kShown) text.remove_prefix(text.size() - kShown);
  return std::string(text);
}

}  // namespace

Result<std::unique_ptr<Link>> Link::make(LinkSettings settings) {
  if (settings.destination == kLocalHost) return LocalLink::make(std::move(settings));
  return SshLink::make(std::move(settings));
}

bool Link::is_local() const {
  return settings_.destination == kLocalHost;
}

Result<std::string> Link::run_script_ok(const Script& script, std::stop_token stop) {
  auto finished = TRY(run_script(script, stop));
  if (finished.exit_code == 0) return std::move(finished.out);
  auto said = tail(finished.err.empty() ? finished.out : finished.err);
  return fail(error(code_of(said), "{}",
                    said.empty() ? fmt::format("a step ended with exit code {}", finished.exit_code) : said)
                  .at("host " + name()));
}

Status Link::put_files(const std::string& folder, const std::map<std::string, std::string>& files, unsigned mode,
                       Millis limit) {
  TRY(check_relative_path(folder.starts_with('/') ? folder.substr(1) : folder));
  Script script{.text = kPutFiles, .args = {folder, fmt::format("{:o}", mode)}, .limit = limit};
  for (const auto& [file, content] : files) {
    TRY(check_relative_path(file));
    script.input += fmt::format("{}\n{}\n{}", content.size(), file, content);
  }
  auto done = run_script_ok(script);
  if (!done) return fail(std::move(done.error()).during("writing files into " + folder));
  return {};
}

}  // namespace podwright::remote
