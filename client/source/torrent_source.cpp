#include "client/source/torrent_source.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>

#include "client/source/http_fetch.hpp"
#include "common/file_io.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {
namespace {

bool starts_with_any_case(std::string_view text, std::string_view lower_prefix) {
    return text.size() >= lower_prefix.size() &&
           std::equal(
               lower_prefix.begin(), lower_prefix.end(), text.begin(),
               [](char want, unsigned char have) { return want == static_cast<char>(std::tolower(have)); });
}

bool is_info_hash(std::string_view text) {
    constexpr std::size_t kHexDigits = 40;
    return text.size() == kHexDigits &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

}  // namespace

TorrentSource load_source(const std::string& torrent, const std::function<bool()>& stopped) {
    if (starts_with_any_case(torrent, "magnet:")) return {torrent, {}, torrent};
    if (starts_with_any_case(torrent, "http://") || starts_with_any_case(torrent, "https://")) {
        return {torrent, http_fetch(torrent, manifest::kMaxManifestBytes, stopped), {}};
    }
    if (is_info_hash(torrent) && !std::filesystem::exists(torrent)) {
        return {torrent, {}, "magnet:?xt=urn:btih:" + torrent};
    }
    return {torrent, read_file(torrent, manifest::kMaxManifestBytes), {}};
}

}  // namespace shoal::client
