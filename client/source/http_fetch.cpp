#include "client/source/http_fetch.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "common/error.hpp"
#include "common/fetch/curl_handle.hpp"
#include "common/printable.hpp"
#include "common/units.hpp"

namespace shoal::client {
namespace {

struct Transfer {
    std::string body;
    std::size_t max_bytes = 0;
    bool too_large = false;
    bool no_torrent = false;
    const std::function<bool()>* stopped = nullptr;
};

std::size_t receive(const char* data, std::size_t size, std::size_t count, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    const std::size_t bytes = size * count;
    // A torrent is a dictionary (BEP 3).
    if (bytes > 0 && transfer.body.empty() && *data != 'd') {
        transfer.body.assign(data, bytes);
        transfer.no_torrent = true;
        return 0;  // anything but `bytes` ends the transfer
    }
    if (bytes > transfer.max_bytes - transfer.body.size()) {
        transfer.too_large = true;
        return 0;
    }
    transfer.body.append(data, bytes);
    return bytes;
}

int check_stop(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return (*static_cast<Transfer*>(user)->stopped)() ? 1 : 0;
}

Error no_torrent(const std::string& url, const std::string& why) {
    return {
        ExitCode::kBadTorrent, url, "not a valid torrent: it " + why,
        fmt::format("to share the file that is there, make its torrent: torrentgen create FILE --web-seed {}",
                    url)};
}

}  // namespace

std::string fetch_torrent(const std::string& url, std::size_t max_bytes,
                          const std::function<bool()>& stopped) {
    const fetch::CurlHandle curl = fetch::open_curl(url);
    Transfer transfer;
    transfer.max_bytes = max_bytes;
    transfer.stopped = &stopped;
    std::array<char, CURL_ERROR_SIZE> detail{};
    curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, detail.data());
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &receive);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, &check_stop);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &transfer);

    const CURLcode result = curl_easy_perform(curl.get());
    if (result == CURLE_OK) return std::move(transfer.body);
    if (result == CURLE_ABORTED_BY_CALLBACK) throw Error(ExitCode::kInterrupted, url, "interrupted");
    if (transfer.too_large) throw no_torrent(url, fmt::format("is larger than {}", format_size(max_bytes)));
    if (transfer.no_torrent) {
        constexpr std::size_t kShown = 20;
        throw no_torrent(url, fmt::format("begins with '{}'", printable(transfer.body.substr(0, kShown))));
    }
    const std::string why = detail[0] != '\0' ? detail.data() : curl_easy_strerror(result);
    const bool unreachable = result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_HOST ||
                             result == CURLE_OPERATION_TIMEDOUT || result == CURLE_RECV_ERROR ||
                             result == CURLE_GOT_NOTHING;
    throw Error(unreachable ? ExitCode::kNoPeer : ExitCode::kFailed, url, why,
                "check the URL and its server");
}

}  // namespace shoal::client
