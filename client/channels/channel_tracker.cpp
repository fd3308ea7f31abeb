#include "client/channels/channel_tracker.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/error.hpp"
#include "common/printable.hpp"
#include "common/version.hpp"

namespace shoal::client {
namespace {

constexpr long kConnectSeconds = 10;
constexpr long kSilenceSeconds = 20;  // without a byte: the server is stuck
constexpr std::size_t kMostBytes = kMaxManifestOfRelease + (std::size_t{64} << 10);

std::size_t take_body(const char* data, std::size_t, std::size_t size, void* target) {
    auto& body = *static_cast<std::string*>(target);
    if (size > kMostBytes - body.size()) return 0;  // anything but `size` ends the transfer
    body.append(data, size);
    return size;
}

/// "http://10.0.0.1:6969/announce" -> "http://10.0.0.1:6969/api/v1/channels"
std::string api_of(std::string_view announce_url) {
    const std::size_t host = announce_url.find("://");
    if (host == std::string_view::npos || !announce_url.starts_with("http"))
        throw Error(ExitCode::kUsage, announce_url, "it is no http:// or https:// URL", "name the tracker's");
    return std::string(announce_url.substr(0, announce_url.find_first_of("/?#", host + 3))) +
           "/api/v1/channels";
}

/// The tracker's own words: {"error": "..."}
std::string words_of(long status, const std::string& body) {
    const auto answer = nlohmann::json::parse(body, nullptr, false);
    constexpr std::size_t kShown = 300;
    if (answer.is_object() && answer.contains("error") && answer["error"].is_string())
        return printable(answer["error"].get<std::string>(), kShown);
    return fmt::format("HTTP status {}", status);
}

}  // namespace

ChannelTracker::ChannelTracker(std::string_view announce_url, std::string admin_token)
    : url_(api_of(announce_url)), admin_token_(std::move(admin_token)) {}

ChannelTracker::Answer ChannelTracker::call(const std::string& method, const std::string& path,
                                            std::string_view body) const {
    static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
    if (global != CURLE_OK || !curl) throw Error(ExitCode::kFailed, url_, "libcurl does not start");
    // Without "Expect:" libcurl waits a second before it sends a large body.
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(curl_slist_append(nullptr, "Expect:"),
                                                                        &curl_slist_free_all);
    curl_slist_append(headers.get(), "Content-Type: application/octet-stream");
    if (!admin_token_.empty())
        curl_slist_append(headers.get(), ("Authorization: Bearer " + admin_token_).c_str());
    const std::string url = url_ + path;
    const std::string agent = fmt::format("shoal/{}", version());
    Answer answer;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, agent.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, kSilenceSeconds);
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &take_body);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
    if (method != "GET") {
        curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
    }
    const CURLcode code = curl_easy_perform(curl.get());
    if (code == CURLE_WRITE_ERROR)
        throw Error(ExitCode::kFailed, url, "its answer is too large", "is this a shoal-tracker?");
    if (code != CURLE_OK)
        throw Error(ExitCode::kNoPeer, url, curl_easy_strerror(code),
                    "is shoal-tracker running there? The channel's file names the address");
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
}

void ChannelTracker::refuse(const Answer& answer) const {
    const std::string words = words_of(answer.status, answer.body);
    switch (answer.status) {
        case 401:
            throw Error(ExitCode::kUsage, url_, words, "pass --admin-token-file");
        case 403:
        case 409:
            throw Error(ExitCode::kRefused, url_, words, "look with 'shoal channel latest' at what is there");
        case 404:
            throw Error(ExitCode::kFailed, url_, words, "register it with 'shoal channel register FILE'");
        default:
            throw Error(ExitCode::kFailed, url_, words, "look at the tracker's log");
    }
}

std::string ChannelTracker::publication(const std::string& name) const {
    Answer answer = call("GET", "/" + name, {});
    if (answer.status == 200) return std::move(answer.body);
    // Without a release it is a 404 as well; only a channel that is there has a root.
    if (answer.status == 404 && call("GET", "/" + name + "?part=root", {}).status == 200) return {};
    refuse(answer);
}

void ChannelTracker::send_root(std::string_view file) const {
    const Answer answer = call("POST", "", file);
    if (answer.status != 200 && answer.status != 201) refuse(answer);
}

void ChannelTracker::send_publication(const std::string& name, std::string_view bytes) const {
    const Answer answer = call("PUT", "/" + name, bytes);
    if (answer.status != 200 && answer.status != 201) refuse(answer);
}

}  // namespace shoal::client
