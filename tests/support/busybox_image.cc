#include "support/busybox_image.hh"

#include <boost/json.hpp>

#include "base/fs.hh"
#include "base/spawn.hh"

namespace podwright {

namespace {

Status lay_out(const fs::path& root) {
  for (const char* folder : {"bin", "etc", "tmp", "run", "var/tmp", "www"}) TRY(make_directories(root / folder, 0755));
  std::error_code problem;
  fs::copy_file("/bin/busybox", root / "bin/busybox", problem);
  if (problem) return fail(error(ErrorCode::not_found, "/bin/busybox is missing").with_hint("scripts/install-packages test"));
  for (const char* applet : {"sh", "httpd", "sleep", "cat", "echo", "env", "id", "true", "false", "nc", "ls", "kill", "touch", "dd"})
    fs::create_symlink("busybox", root / "bin" / applet, problem);
  TRY(write_file(root / "etc/passwd", "root:x:0:0:root:/:/bin/sh\n"));
  return write_file(root / "www/index.html", "hello\n");
}

Result<std::string> id_of(podman::Client& client) {
  auto info = TRY(client.call_json({.path = "/images/" + podman::escaped(kBusyboxImage) + "/json"}));
  return std::string(info.as_object().at("Id").as_string());
}

}  // namespace

Result<std::string> ensure_busybox_image(podman::Client& client) {
  if (auto id = id_of(client)) return id;
  auto folder = TRY(TempDir::make("busybox-image"));
  TRY(lay_out(folder.path()));
  auto tar = TRY(run_ok({.argv = {"tar", "-C", folder.path(), "--mtime=@0", "-c", "."}, .max_output = 16 << 20}));
  TRY(client.call({.method = "POST",
                   .path = "/images/import",
                   .query = {{"reference", kBusyboxImage}},
                   .body = std::move(tar),
                   .content_type = "application/x-tar"}));
  return id_of(client);
}

}  // namespace podwright
