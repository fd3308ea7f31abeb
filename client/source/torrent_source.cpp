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

void require_known_scheme(const std::string& torrent) {
    const auto end = torrent.find("://");
    if (end == std::string::npos) return;
    for (const char* known : {"http:", "https:", "file:"})
        if (starts_with_any_case(torrent, known)) return;
    if (starts_with_any_case(torrent, "s3:")) {
        throw Error(ExitCode::kUsage, torrent,
                    "an object store is asked over https, with a URL that it signs",
                    fmt::format("give the URL that 'aws s3 presign {}' prints; as a --web-seed it serves the "
                                "content too",
                                torrent));
    }
    throw Error(ExitCode::kUsage, torrent,
                fmt::format("{} is no way to fetch a torrent", torrent.substr(0, end)),
                "give a .torrent file, an http(s) URL of one, or a magnet link");
}

TorrentSource load_source(const std::string& torrent, const std::function<bool()>& stopped) {
    if (starts_with_any_case(torrent, "http://") || starts_with_any_case(torrent, "https://")) {
        return {torrent, fetch_torrent(torrent, manifest::kMaxManifestBytes, stopped), {}};
    }
    std::error_code unreadable;
    if (!std::filesystem::exists(torrent, unreadable)) {
        if (const std::string magnet = as_magnet(torrent); !magnet.empty()) return {torrent, {}, magnet};
        require_known_scheme(torrent);
    }
    return {torrent, read_file(path_of(torrent), manifest::kMaxManifestBytes), {}};
}

}  // namespace shoal::client
