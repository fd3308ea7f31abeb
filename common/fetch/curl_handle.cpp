#include "common/fetch/curl_handle.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "common/version.hpp"

namespace shoal::fetch {
namespace {

constexpr long kConnectSeconds = 10;
constexpr long kSilenceSeconds = 20;
constexpr long kMaxRedirects = 5;

void allow_only_http(CURL* curl) {
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

}  // namespace

CurlHandle open_curl(const std::string& url) {
    static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
    CurlHandle curl(curl_easy_init(), &curl_easy_cleanup);
    if (global != CURLE_OK || !curl) throw Error(ExitCode::kFailed, url, "libcurl does not start");
    allow_only_http(curl.get());
    // libcurl keeps copies of both texts.
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, fmt::format("shoal/{}", version()).c_str());
    curl_easy_setopt(curl.get(), CURLOPT_MAXREDIRS, kMaxRedirects);
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, kSilenceSeconds);
    return curl;
}

}  // namespace shoal::fetch
