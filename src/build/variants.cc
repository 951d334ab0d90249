#include "build/variants.hh"

#include <algorithm>
#include <array>

#include "build/server_files.hh"

namespace podwright::build {

namespace {

constexpr std::array<Variant, 49> kVariants{{
    {"root", "", "ca-certificates tzdata netbase", "", ""},

    // To run applications on.
    {"static", "root", "", "", ""},
    {"cc", "root", "libstdc++6 libgcc-s1 libssl3t64 zlib1g libgmp10", "", ""},
    {"shell", "root", "curl jq procps", "", ""},
    {"node", "root", "nodejs", "20", ""},
    {"node-npm", "node", "", "20", ""},
    {"deno", "cc", "", "2", ""},
    {"bun", "cc", "", "1", ""},
    {"python", "root", "python3 python3-venv libpq5", "3.13", ""},
    {"ruby", "root", "ruby ruby-bundler libyaml-0-2 libpq5 libsqlite3-0 libmariadb3 tzdata", "3.3", ""},
    {"php", "root",
     "apache2 libapache2-mod-php8.4 php8.4-cli php8.4-mbstring php8.4-xml php8.4-curl php8.4-zip php8.4-mysql php8.4-pgsql "
     "php8.4-sqlite3 php8.4-gd php8.4-intl php8.4-bcmath php8.4-opcache",
     "8.4", kPhpSetup, kPhpFiles},
    {"jre", "root", "openjdk-21-jre-headless", "21", ""},
    {"jre-25", "root", "openjdk-25-jre-headless", "25", ""},
    {"web", "root", "nginx-light", "", kWebSetup, kWebFiles},
    {"beam", "cc", "erlang-base erlang-crypto erlang-ssl erlang-public-key erlang-inets erlang-runtime-tools erlang-syntax-tools elixir libncurses6", "1.18", ""},
    {"lua", "root", "lua5.4 lua-socket", "5.4", ""},
    {"crystal", "cc", "libgc1 libevent-2.1-7t64 libpcre2-8-0 libyaml-0-2", "1.14", ""},
    {"cobol", "cc", "libcob5-dev", "", ""},
    {"mono", "cc", "mono-runtime", "", ""},

    // The proxy of a server.
    {"haproxy", "root", "haproxy", "", ""},

    // To build them on.
    {"build-cc", "root", "build-essential pkg-config git curl unzip xz-utils openssl cmake ninja-build python3", "", ""},
    {"build-generic", "build-cc", "", "", ""},
    {"build-static", "build-cc", "", "", ""},
    {"build-shell", "build-cc", "jq", "", ""},
    {"build-node", "build-cc", "nodejs libnode-dev", "20", ""},
    {"build-deno", "build-cc", "", "2", ""},
    {"build-bun", "build-cc", "", "1", ""},
    {"build-python", "build-cc", "python3-dev python3-venv python3-pip libpq-dev libffi-dev libssl-dev", "3.13", ""},
    {"build-go", "build-cc", "golang-go", "1.24", ""},
    {"build-rust", "build-cc", "cargo rustc libssl-dev protobuf-compiler", "1.85", ""},
    {"build-jdk", "build-cc", "openjdk-21-jdk-headless maven", "21", ""},
    {"build-jdk-25", "build-cc", "openjdk-25-jdk-headless maven", "25", ""},
    {"build-clojure", "build-jdk", "leiningen clojure", "", ""},
    {"build-ruby", "build-cc", "ruby ruby-dev ruby-bundler libyaml-dev libpq-dev libsqlite3-dev default-libmysqlclient-dev libffi-dev libssl-dev zlib1g-dev", "3.3", ""},
    {"build-php", "build-cc",
     "composer php8.4-cli php8.4-mbstring php8.4-xml php8.4-curl php8.4-zip php8.4-mysql php8.4-pgsql php8.4-sqlite3 php8.4-gd php8.4-intl "
     "php8.4-bcmath",
     "8.4", ""},
    {"build-elixir", "build-cc", "erlang-base erlang-dev erlang-crypto erlang-ssl erlang-public-key erlang-inets erlang-parsetools erlang-tools erlang-syntax-tools erlang-runtime-tools erlang-eunit erlang-xmerl elixir", "1.18", ""},
    {"build-erlang", "build-cc", "erlang-base erlang-dev erlang-crypto erlang-ssl erlang-public-key erlang-inets erlang-parsetools erlang-tools erlang-syntax-tools erlang-runtime-tools erlang-eunit erlang-xmerl erlang-asn1 rebar3", "27", ""},
    {"build-haskell", "build-cc", "ghc cabal-install haskell-stack libgmp-dev zlib1g-dev", "9.6", ""},
    {"build-swift", "build-cc", "swiftlang", "6.0", ""},
    {"build-crystal", "build-cc", "crystal shards libssl-dev libyaml-dev", "1.14", ""},
    {"build-lua", "build-cc", "lua5.4 liblua5.4-dev luarocks", "5.4", ""},
    {"build-cobol", "build-cc", "gnucobol4", "", ""},
    {"build-scala", "build-jdk", "", "", ""},
    {"build-zig", "build-python", "", "", ""},
    {"build-gleam", "build-erlang", "", "", ""},
    {"build-hugo", "build-cc", "hugo golang-go", "0.131", ""},
    {"build-jekyll", "build-ruby", "", "", ""},
    {"build-common-lisp", "build-cc", "sbcl", "", ""},
    {"build-mono", "build-cc", "mono-complete", "", ""},
}};

}  // namespace

std::span<const Variant> variants() { return kVariants; }

const Variant* find_variant(std::string_view name) {
  auto found = std::ranges::find(kVariants, name, &Variant::name);
  return found == kVariants.end() ? nullptr : &*found;
}

}  // namespace podwright::build
