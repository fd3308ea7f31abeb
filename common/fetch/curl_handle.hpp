#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace shoal::fetch {

using CurlHandle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

/// For those who speak to libcurl themselves: a handle that asks `url`, set up as for any of our requests.
/// http and https only, also where it is redirected; at most 5 redirects, where they are followed; 10 s to
/// connect, and a server that sends no byte for 20 s is stuck. Throws Error (kFailed) where libcurl does not
/// start.
CurlHandle open_curl(const std::string& url);

}  // namespace shoal::fetch
