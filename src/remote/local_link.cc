#include "remote/local_link.hh"

#include "base/ids.hh"
#include "remote/running.hh"

namespace podwright::remote {

Result<std::unique_ptr<Link>> LocalLink::make(LinkSettings settings) {
  return std::unique_ptr<Link>(new LocalLink(std::move(settings)));
}

Result<Finished> LocalLink::run_script(const Script& script, std::stop_token stop, const OutputSink& on_out,
                                       const OutputSink& on_err) {
  auto folder = TRY(TempDir::make("podwright-script"));
  auto file = folder.path() / "script";
  TRY(write_file(file, script_file(script), 0600));
  auto marker = random_hex(16);
  Running running(marker, on_out, on_err);
  Command command{
      .argv = {"sh", file}, .input = local_stdin(script, marker), .limit = script.limit, .max_output = 4096};
  auto ended = TRY(run(
      command, stop, [&](std::string_view chunk) { running.take_out(chunk); },
      [&](std::string_view chunk) { running.take_err(chunk); }));
  if (auto finished = running.finish()) return std::move(*finished);
  return fail(ErrorCode::failed, "a script on this machine was ended from outside (exit code {})", ended.exit_code);
}

}  // namespace podwright::remote
