#include "source/archive.hh"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "base/ids.hh"
#include "support.hh"

using namespace podwright;
using namespace podwright::test;
using source::archive_path;
using source::unpack;

namespace {

struct Entry {
  std::string path;
  std::string content = {};
  mode_t type = AE_IFREG;
  std::string target = {};  // of a link
  bool is_hard = false;
  mode_t perm = 0644;
};

fs::path pack(const TempDir& dir, const std::string& name, const std::vector<Entry>& entries) {
  auto path = dir.path() / name;
  auto* out = ::archive_write_new();
  if (name.ends_with(".zip"))
    ::archive_write_set_format_zip(out);
  else
    ::archive_write_set_format_pax_restricted(out);
  if (name.ends_with("gz")) ::archive_write_add_filter_gzip(out);
  if (name.ends_with("zst")) ::archive_write_add_filter_zstd(out);
  if (name.ends_with("xz")) ::archive_write_add_filter_xz(out);
  REQUIRE(::archive_write_open_filename(out, path.c_str()) == ARCHIVE_OK);
  for (const auto& entry : entries) {
    auto* item = ::archive_entry_new();
    ::archive_entry_set_pathname(item, entry.path.c_str());
    ::archive_entry_set_perm(item, entry.perm);
    ::archive_entry_set_mtime(item, 1'700'000'000, 0);
    if (entry.is_hard) ::archive_entry_set_hardlink(item, entry.target.c_str());
    else ::archive_entry_set_filetype(item, entry.type);
    if (entry.type == AE_IFLNK) ::archive_entry_set_symlink(item, entry.target.c_str());
    ::archive_entry_set_size(item, entry.type == AE_IFREG && !entry.is_hard ? static_cast<la_int64_t>(entry.content.size()) : 0);
    REQUIRE(::archive_write_header(out, item) >= ARCHIVE_WARN);
    if (!entry.content.empty()) ::archive_write_data(out, entry.content.data(), entry.content.size());
    ::archive_entry_free(item);
  }
  REQUIRE(::archive_write_close(out) == ARCHIVE_OK);
  ::archive_write_free(out);
  return path;
}

std::string content(const fs::path& path) { return read_file(path).value_or("(missing)"); }

}  // namespace

TEST_CASE("every kind of archive is unpacked, without its single top folder") {
  for (const char* name : {"shop.tar", "shop.tar.gz", "shop.tgz", "shop.tar.zst", "shop.tar.xz", "shop.zip"}) {
    INFO(name);
    auto dir = scratch();
    auto archive = pack(dir, name, {{.path = "top/a.txt", .content = "hello"}, {.path = "top/bin/run", .content = "#!", .perm = 04755},
                                    {.path = "top/größe.txt", .content = "utf8"}, {.path = "top/.git/hooks/x", .content = "evil"},
                                    {.path = "top/link", .type = AE_IFLNK, .target = "bin/run"}});
    auto source = fetched({.location = archive.native()}, dir.path() / "scratch");
    REQUIRE_MESSAGE(source.has_value(), (source ? "" : source.error().text()));
    CHECK(source->dir == dir.path() / "scratch/source/top");
    CHECK(source->name == "shop");
    CHECK(source->commit.starts_with("tree-"));
    CHECK(content(source->dir / "a.txt") == "hello");
    CHECK(content(source->dir / "link") == "#!");
    CHECK(content(source->dir / "größe.txt") == "utf8");
    CHECK_FALSE(fs::exists(source->dir / ".git"));
    struct stat info {};
    REQUIRE(::stat((source->dir / "bin/run").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0755);
    CHECK(info.st_mtime == 1'700'000'000);
  }
}

TEST_CASE("the same archive gives the same commit, and another content another one") {
  auto dir = scratch();
  auto one = pack(dir, "one.tar", {{.path = "a", .content = "1"}, {.path = "b"}});
  auto two = pack(dir, "two.tar", {{.path = "a", .content = "12"}, {.path = "b"}});
  auto first = fetched({.location = one.native()}, dir.path() / "1");
  CHECK(first->commit == fetched({.location = one.native()}, dir.path() / "2")->commit);
  CHECK(first->commit != fetched({.location = two.native()}, dir.path() / "3")->commit);
  CHECK(first->dir == dir.path() / "1/source");
}

TEST_CASE("hard links to earlier files, repeated files and the Finder's folder are handled") {
  auto dir = scratch();
  auto archive = pack(dir, "a.tar", {{.path = "./a", .content = "1"}, {.path = "b", .target = "a", .is_hard = true}, {.path = "a", .content = "2"},
                                     {.path = "__MACOSX/a", .content = "x"}});
  auto root = unpack(archive, dir.path() / "out", {}, {});
  REQUIRE(root.has_value());
  CHECK(content(*root / "a") == "2");
  CHECK(content(*root / "b") == "1");
  CHECK_FALSE(fs::exists(*root / "__MACOSX"));
}

TEST_CASE("an archive that reaches out of its folder, or holds what is no source, is refused") {
  auto dir = scratch();
  put(dir.path() / "outside", "untouched");
  struct {
    const char* what;
    std::vector<Entry> entries;
  } rows[] = {
      {"absolute path", {{.path = "/tmp/pw-evil", .content = "x"}}},
      {"dot-dot", {{.path = "../outside", .content = "x"}}},
      {"dot-dot inside", {{.path = "a/../../outside", .content = "x"}}},
      {"escaping link", {{.path = "x", .type = AE_IFLNK, .target = "../../outside"}}},
      {"absolute link", {{.path = "x", .type = AE_IFLNK, .target = "/etc/passwd"}}},
      {"file through a link", {{.path = "x", .type = AE_IFLNK, .target = ".."}, {.path = "x/outside", .content = "x"}}},
      {"escaping hard link", {{.path = "x", .target = "../outside", .is_hard = true}}},
      {"absolute hard link", {{.path = "x", .target = "/etc/passwd", .is_hard = true}}},
      {"hard link to a link", {{.path = "l", .type = AE_IFLNK, .target = "/etc/passwd"}, {.path = "x", .target = "l", .is_hard = true}}},
      {"hard link to nothing", {{.path = "x", .target = "missing", .is_hard = true}}},
      {"FIFO", {{.path = "x", .type = AE_IFIFO}}},
      {"device", {{.path = "x", .type = AE_IFCHR}}},
      {"block device", {{.path = "x", .type = AE_IFBLK}}},
      {"file below a file", {{.path = "x", .content = "1"}, {.path = "x/y", .content = "1"}}},
      {"link in .venv", {{.path = ".venv/bin/python", .type = AE_IFLNK, .target = "/usr/bin/python3"}}},
      {"escape sequence", {{.path = "../\x1b[2J", .content = "x"}}},
  };
  int made = 0;
  for (const auto& row : rows) {
    INFO(row.what);
    auto archive = pack(dir, fmt::format("{}.tar", ++made), row.entries);
    auto source = fetched({.location = archive.native()}, dir.path() / std::to_string(made));
    REQUIRE_FALSE(source.has_value());
    CHECK(source.error().code == ErrorCode::denied);
    CHECK(source.error().message.find('\x1b') == std::string::npos);
  }
  CHECK(content(dir.path() / "outside") == "untouched");
  CHECK_FALSE(fs::exists("/tmp/pw-evil"));
}

TEST_CASE("bombs are stopped by their size, their ratio, their number and their nesting") {
  auto dir = scratch();
  auto zeros = pack(dir, "zeros.tar.gz", {{.path = "a", .content = std::string(8 << 20, '\0')}});
  auto many = pack(dir, "many.tar", std::vector<Entry>(20, {.path = "a/b", .type = AE_IFDIR}));
  std::string path;
  for (int i = 0; i < 80; ++i) path += "d/";
  auto deep = pack(dir, "deep.tar", {{.path = path + "x", .content = "1"}});
  auto refused = [&](const fs::path& archive, const source::ArchiveBounds& bounds) {
    auto root = unpack(archive, dir.path() / "out", bounds, {});
    REQUIRE_FALSE(root.has_value());
    return root.error().code;
  };
  CHECK(refused(zeros, {.bytes = 1 << 20}) == ErrorCode::exhausted);
  CHECK(refused(zeros, {.ratio_from = 1 << 20}) == ErrorCode::exhausted);
  CHECK(refused(many, {.entries = 10}) == ErrorCode::exhausted);
  CHECK(refused(deep, {}) == ErrorCode::denied);
  CHECK(unpack(zeros, dir.path() / "fits", {}, {}).has_value());
}

TEST_CASE("what is no archive, damaged or missing is an error with its reason") {
  auto dir = scratch();
  put(dir.path() / "text.tar", "this is not an archive");
  put(dir.path() / "text.zip", "PK nor is this");
  auto whole = content(pack(dir, "a.tar.gz", {{.path = "a", .content = random_hex(20'000)}}));
  put(dir.path() / "cut.tar.gz", std::string_view(whole).substr(0, whole.size() / 2));
  for (const char* name : {"text.tar", "text.zip", "cut.tar.gz"}) {
    INFO(name);
    auto source = fetched({.location = (dir.path() / name).native()}, dir.path() / ("out-" + std::string(name)));
    REQUIRE_FALSE(source.has_value());
    CHECK(source.error().code == ErrorCode::invalid);
  }
  auto missing = fetched({.location = (dir.path() / "missing.zip").native()}, dir.path() / "out");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == ErrorCode::not_found);
}

TEST_CASE("a cancelled unpacking stops") {
  auto dir = scratch();
  auto archive = pack(dir, "a.tar", {{.path = "a", .content = "1"}});
  std::stop_source stop;
  stop.request_stop();
  auto root = unpack(archive, dir.path() / "out", {}, stop.get_token());
  REQUIRE_FALSE(root.has_value());
  CHECK(root.error().code == ErrorCode::cancelled);
}

TEST_CASE("entry paths are normalised or refused") {
  CHECK(*archive_path("./a//b/./c", 9) == "a/b/c");
  CHECK(*archive_path("./", 9) == "");
  CHECK(*archive_path("a/", 9) == "a");
  for (std::string_view bad : {std::string_view("/a"), std::string_view(".."), std::string_view("a/.."), std::string_view("a\0b", 3)})
    CHECK_FALSE(archive_path(bad, 9).has_value());
  CHECK_FALSE(archive_path(std::string(256, 'a'), 9).has_value());
}
