#pragma once

#include <chrono>
#include <string>

namespace shoal::http {

/// As headers write a time: "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110, 5.6.7), in any locale.
std::string http_date(std::chrono::system_clock::time_point time);

}  // namespace shoal::http
