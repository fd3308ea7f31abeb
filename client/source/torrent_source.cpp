#include "client/source/torrent_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>

#include "client/source/http_fetch.hpp"
#include "client/source/magnet.hpp"
#include "common/error.hpp"
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

}  // namespace

std::string path_of(const std::string& torrent) {
    constexpr std::string_view kScheme = "file:";
    if (!starts_with_any_case(torrent, kScheme)) return torrent;
    std::string_view rest = std::string_view(torrent).substr(kScheme.size());
    if (rest.starts_with("//")) {
        rest.remove_prefix(2);
        const std::string_view host = rest.substr(0, rest.find('/'));
        if (!host.empty() && !starts_with_any_case(host, "localhost")) {
            throw Error(ExitCode::kUsage, torrent, fmt::format("names a file of the host '{}'", host),
                        "a file of this machine is file:///PATH");
        }
        rest.remove_prefix(host.size());
    }
    const auto path = unescaped(rest);
    if (!path || !path->starts_with('/')) {
        throw Error(ExitCode::kUsage, torrent, "is no URL of a file",
                    "write file:///PATH, or the path alone");
    }
    return *path;
}

TorrentSource load_source(const std::string& torrent, const std::function<bool()>& stopped) {
    if (starts_with_any_case(torrent, "http://") || starts_with_any_case(torrent, "https://")) {
        return {torrent, http_fetch(torrent, manifest::kMaxManifestBytes, stopped), {}};
    }
    std::error_code unreadable;
    if (!std::filesystem::exists(torrent, unreadable)) {
        if (const std::string magnet = as_magnet(torrent); !magnet.empty()) return {torrent, {}, magnet};
        if (const auto scheme = torrent.find("://");
            scheme != std::string::npos && !starts_with_any_case(torrent, "file:")) {
            throw Error(ExitCode::kUsage, torrent,
                        fmt::format("{} is no way to fetch a torrent", torrent.substr(0, scheme)),
                        "give a .torrent file, an http(s) URL of one, or a magnet link");
        }
    }
    return {torrent, read_file(path_of(torrent), manifest::kMaxManifestBytes), {}};
}

}  // namespace shoal::client
