#include "cli/local_source.hh"

#include "cli/location.hh"
#include "cli/show.hh"
#include "orchestrate/prepare.hh"

namespace podwright::cli {

std::vector<Parameter> local_parameters(LocalOptions& options) {
  return {{.names = "SOURCE", .help = "Folder, archive or git URL [.]", .target = &options.location, .completes = Completes::files},
          {.names = "--ref", .value = "REF", .help = "Branch, tag or commit of a git URL", .target = &options.ref},
          {.names = "--path", .value = "DIR", .help = "Folder of the source to look at", .target = &options.path}};
}

Result<LocalSource> open_local(const Session& session, const LocalOptions& options) {
  auto scratch = TRY(TempDir::make("podwright-source"));
  const SourceRequest request{.location = absolute_location(options.location), .ref = options.ref, .path = options.path};
  auto source = TRY(fetch(request, scratch.path(), {}, [&](std::string_view line) {
    if (session.terminal.interactive) session.note(inert_line(line, false));
  }));
  auto prepared = TRY(orchestrate::prepare(source, {.location = request.location, .path = options.path}));
  prepared.analysis.services.front() = std::move(prepared.plan);
  return LocalSource{std::move(scratch), std::move(source), std::move(prepared.config), std::move(prepared.analysis)};
}

}  // namespace podwright::cli
