#pragma once

#include <string>
#include <string_view>

namespace shoal {

/// "0.1.0": the version of all three programs.
std::string_view version();

/// What `--version` prints: "PROGRAM 0.1.0 (libtorrent 2.0.8, Boost 1.74.0, SQLite 3.40.1, OpenSSL 3.0.17)".
std::string version_text(std::string_view program);

}  // namespace shoal
