// Lua: OpenResty and Lapis, or a script for the interpreter.
#include <array>

#include "analyze/draft.hh"
#include "base/text.hh"

namespace podwright::analyze {

std::optional<Candidate> detect_lua(const Folder& folder) {
  static constexpr std::array<std::string_view, 5> kCalls = {"listen", "bind", "port =", "port", "createServer"};
  const auto sources = folder.ending({".lua"}, 200);
  const std::string_view rock = folder.direct_ending(".rockspec");
  std::string_view entry = folder.first_of({"main.lua", "app.lua", "server.lua", "init.lua", "index.lua", "src/main.lua"});
  if (entry.empty()) entry = folder.direct_ending(".lua");
  if (entry.empty() && rock.empty()) return std::nullopt;
  Candidate made = draft(folder, "lua", RuntimeKind::lua, rock.empty() ? score::sources : score::application, rock.empty() ? entry : rock);
  BuildPlan& plan = made.plan;
  plan.version = "5.4";
  if (!rock.empty()) {
    plan.package_manager = "luarocks";
    plan.build_packages = {"luarocks", "gcc"};
    plan.install_command = "luarocks install --only-deps --tree lua_modules " + shell_word(rock);
    add_manifests(plan, folder, {rock});
    plan.env = {{"LUA_PATH", "./?.lua;./?/init.lua;./lua_modules/share/lua/5.4/?.lua;./lua_modules/share/lua/5.4/?/init.lua;;"},
                {"LUA_CPATH", "./lua_modules/lib/lua/5.4/?.so;;"}};
  }
  bool luvit = false;
  for (const auto file : sources) luvit = luvit || folder.read(file).find("require('luvit')") != std::string_view::npos;
  if (!entry.empty()) set_start(plan, folder, std::string(luvit ? "luvit " : "lua ") + shell_word(entry), entry, 0, 0.7);
  find_and_apply_port(plan, folder, sources, kCalls, 0);
  if (plan.port && !rock.empty()) made.score = score::server;
  return made;
}

}  // namespace podwright::analyze
