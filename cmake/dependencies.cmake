# Every library is a package of Debian 12, Debian 13 and Ubuntu 24.04; scripts/install-packages installs them.

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(LibArchive REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(fyaml REQUIRED IMPORTED_TARGET libfyaml)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(pugixml REQUIRED IMPORTED_TARGET pugixml)
find_library(SOCI_CORE soci_core REQUIRED)
find_library(SOCI_SQLITE soci_sqlite3 REQUIRED)

add_library(podwright_soci INTERFACE)
target_include_directories(podwright_soci SYSTEM INTERFACE /usr/include/soci)
target_link_libraries(podwright_soci INTERFACE ${SOCI_SQLITE} ${SOCI_CORE} PkgConfig::sqlite3)
if(PODWRIGHT_SANITIZE MATCHES "undefined")
  target_compile_options(podwright_soci INTERFACE -fno-sanitize=vptr)  # SOCI exports no type information for it
endif()
