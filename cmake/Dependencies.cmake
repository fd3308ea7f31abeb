# Every dependency, each with the Debian package that brings it. All missing ones are named in one message.
set(SHOAL_MISSING_PACKAGES "")

macro(shoal_require found debian_package)
  if(NOT ${found})
    list(APPEND SHOAL_MISSING_PACKAGES "${debian_package}")
  endif()
endmacro()

find_package(Threads REQUIRED)

# Boost 1.74 is header-only for what we use (Asio, Beast).
find_package(Boost 1.74 QUIET)
shoal_require(Boost_FOUND libboost-dev)

find_package(OpenSSL 3 QUIET)
shoal_require(OPENSSL_FOUND libssl-dev)

if(Boost_FOUND AND OPENSSL_FOUND)
  find_package(LibtorrentRasterbar 2.0.8 QUIET)
endif()
shoal_require(LibtorrentRasterbar_FOUND libtorrent-rasterbar-dev)
if(LibtorrentRasterbar_FOUND)
  # Debian's library is built without assertions, but its target turns them on in Debug builds of others, and
  # some public classes (entry) have another layout then.
  get_target_property(definitions LibtorrentRasterbar::torrent-rasterbar INTERFACE_COMPILE_DEFINITIONS)
  list(FILTER definitions EXCLUDE REGEX TORRENT_USE_ASSERTS)
  set_target_properties(LibtorrentRasterbar::torrent-rasterbar PROPERTIES
    INTERFACE_COMPILE_DEFINITIONS "${definitions}")
endif()

find_package(CLI11 2.1 QUIET)
shoal_require(CLI11_FOUND libcli11-dev)

find_package(tomlplusplus 3.3 QUIET)
shoal_require(tomlplusplus_FOUND libtomlplusplus-dev)

find_package(SQLite3 QUIET)
shoal_require(SQLite3_FOUND libsqlite3-dev)
if(SQLite3_FOUND)
  find_package(SQLiteCpp QUIET)
endif()
shoal_require(SQLiteCpp_FOUND libsqlitecpp-dev)

# hiredis' own CMake files name the folders of the machine that it was built on.
find_path(SHOAL_HIREDIS_INCLUDE hiredis/hiredis.h)
find_library(SHOAL_HIREDIS_LIBRARY hiredis)
if(SHOAL_HIREDIS_INCLUDE AND SHOAL_HIREDIS_LIBRARY)
  set(SHOAL_HIREDIS_FOUND TRUE)
  add_library(shoal_hiredis INTERFACE)
  target_include_directories(shoal_hiredis SYSTEM INTERFACE "${SHOAL_HIREDIS_INCLUDE}")
  target_link_libraries(shoal_hiredis INTERFACE "${SHOAL_HIREDIS_LIBRARY}")
endif()
shoal_require(SHOAL_HIREDIS_FOUND libhiredis-dev)

find_package(nlohmann_json 3.9 QUIET)
shoal_require(nlohmann_json_FOUND nlohmann-json3-dev)

find_package(fmt QUIET)
shoal_require(fmt_FOUND libfmt-dev)
if(fmt_FOUND)
  find_package(spdlog QUIET)
endif()
shoal_require(spdlog_FOUND libspdlog-dev)

find_package(CURL 7.80 QUIET)
shoal_require(CURL_FOUND libcurl4-openssl-dev)

if(SHOAL_BUILD_TESTS)
  find_package(GTest 1.11 QUIET)
  shoal_require(GTest_FOUND "libgtest-dev libgmock-dev")
endif()

if(SHOAL_MISSING_PACKAGES)
  string(JOIN " " packages ${SHOAL_MISSING_PACKAGES})
  message(FATAL_ERROR
    "shoal needs packages that are not installed. On Debian 12:\n"
    "    apt-get install ${packages}\n"
    "or run packaging/install-deps.sh --tests, which installs everything. "
    "The tests alone need libgtest-dev and libgmock-dev: -DSHOAL_BUILD_TESTS=OFF builds without them.")
endif()
