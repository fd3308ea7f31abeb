#include "torrentgen/manifest/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "common/ip_address.hpp"
#include "common/units.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {

using Findings = std::vector<std::string>;

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

struct Url {
    std::string scheme;
    std::string host;
};

Url split_url(std::string_view url) {
    const auto colon = url.find("://");
    if (colon == std::string_view::npos) return {};
    std::string_view authority = url.substr(colon + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    authority.remove_prefix(authority.rfind('@') + 1);  // npos + 1 is 0
    const bool v6 = authority.starts_with('[');
    const std::string_view host =
        v6 ? authority.substr(1, authority.find(']') - 1) : authority.substr(0, authority.find(':'));
    return {lower(url.substr(0, colon)), lower(host)};
}

bool is_loopback(const std::string& host) {
    const auto address = IpAddress::parse(host);
    return host == "localhost" || (address && address->is_loopback());
}

void check_url(const std::string& url, std::string_view what, std::initializer_list<std::string_view> schemes,
               Findings& out) {
    const Url parts = split_url(url);
    if (std::find(schemes.begin(), schemes.end(), parts.scheme) == schemes.end()) {
        out.push_back(fmt::format("{} {}: clients speak {}", what, url, fmt::join(schemes, ", ")));
    } else if (is_loopback(parts.host)) {
        out.push_back(fmt::format("{} {}: only this machine reaches it", what, url));
    }
}

void check_finding_peers(const Manifest& manifest, Findings& out) {
    if (manifest.is_private && !manifest.dht_nodes.empty()) {
        out.push_back("private, yet it names DHT nodes: clients will not use them");
    }
    if (manifest.trackers.empty() && manifest.is_private) {
        out.push_back("private and no tracker: nobody can find a peer");
    } else if (manifest.trackers.empty() && manifest.dht_nodes.empty()) {
        out.push_back(
            "no tracker and no DHT node: peers are found only where a public DHT or a peer's address is "
            "known");
    }
    for (const auto& tier : manifest.trackers) {
        for (const std::string& url : tier) check_url(url, "tracker", {"http", "https", "udp"}, out);
    }
    for (const std::string& url : manifest.web_seeds) check_url(url, "web seed", {"http", "https"}, out);
}

void check_pieces(const Manifest& manifest, Findings& out) {
    constexpr std::uint32_t kManyPieces = 20'000;
    constexpr std::uint32_t kBlock = 16384;
    constexpr std::uint32_t kLargePiece = 16u << 20;
    if (manifest.piece_count > kManyPieces) {
        out.push_back(
            fmt::format("{} pieces: every peer tells every other about each; larger pieces are lighter",
                        manifest.piece_count));
    }
    if (manifest.piece_size % kBlock != 0) {
        out.push_back(fmt::format("pieces of {} are no multiple of 16KiB: many clients refuse them",
                                  format_exact_size(manifest.piece_size)));
    }
    if (manifest.piece_size > kLargePiece) {
        out.push_back(fmt::format("pieces of {}: some clients refuse more than 16MiB",
                                  format_exact_size(manifest.piece_size)));
    }
    std::uint64_t padding = 0;
    for (const FileEntry& file : manifest.files) padding += file.pad ? file.size : 0;
    if (padding > manifest.total_size / 4) {
        out.push_back(
            fmt::format("{} of padding for {} of content: smaller pieces or another format would help",
                        format_size(padding), format_size(manifest.total_size)));
    }
    if (std::string remark = remark_on(manifest); !remark.empty()) out.push_back(std::move(remark));
    if (manifest.files_without_layer > 0) {
        out.push_back(fmt::format("no piece layers for {} of its files: a download asks peers for them",
                                  manifest.files_without_layer));
    }
    if (manifest.info_hash_v1.empty()) {
        out.push_back("v2 only: Transmission, aria2 and clients on libtorrent 1.x cannot read it");
    } else if (!manifest.info_hash_v2.empty()) {
        out.push_back("hybrid: Transmission before 4.0 cannot read it, and aria2 takes it for another swarm");
    }
}

std::optional<std::string> windows_problem(std::string_view name) {
    constexpr std::string_view kForbidden = "<>:\"|?*";
    if (const auto at = name.find_first_of(kForbidden); at != std::string_view::npos) {
        return fmt::format("holds a '{}'", name[at]);
    }
    if (name.ends_with('.') || name.ends_with(' ')) return "ends with a dot or a space";
    const std::string stem = lower(name.substr(0, name.find('.')));
    constexpr std::array<std::string_view, 4> kDevices{"con", "prn", "aux", "nul"};
    const bool numbered = stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) &&
                          stem[3] >= '1' && stem[3] <= '9';
    if (numbered || std::find(kDevices.begin(), kDevices.end(), stem) != kDevices.end())
        return "is a device's name";
    return std::nullopt;
}

/// The first of several, and how many there are.
class Examples {
  public:
    void add(std::string text) {
        if (count_++ == 0) first_ = std::move(text);
    }
    void report(std::string_view consequence, Findings& out) const {
        if (count_ == 0) return;
        const std::string more = count_ == 1 ? "" : fmt::format(" (and {} more)", count_ - 1);
        out.push_back(fmt::format("{}{}: {}", first_, more, consequence));
    }

  private:
    std::size_t count_ = 0;
    std::string first_;
};

void check_names(const Manifest& manifest, Findings& out) {
    constexpr std::size_t kLongPath = 240;  // of Windows' 260 characters
    Examples windows;
    Examples length;
    Examples same_letters;
    std::unordered_map<std::string, std::string_view> seen;
    if (const auto problem = windows_problem(manifest.name); problem && !manifest.single_file) {
        windows.add(fmt::format("'{}' {}", escaped(manifest.name), *problem));
    }
    for (const FileEntry& file : manifest.files) {
        if (file.pad) continue;
        for (const std::string_view name : split_path(file.path)) {
            if (const auto problem = windows_problem(name)) {
                windows.add(fmt::format("'{}' {}", escaped(name), *problem));
                break;
            }
        }
        if (file.path.size() > kLongPath) length.add(fmt::format("'{}' is long", escaped(file.path)));
        const auto [other, is_new] = seen.emplace(lower(file.path), file.path);
        if (!is_new)
            same_letters.add(fmt::format("'{}' and '{}'", escaped(other->second), escaped(file.path)));
    }
    windows.report("Windows refuses such a name", out);
    length.report("Windows takes about 240 characters", out);
    same_letters.report("they differ only in upper and lower case, clients on libtorrent rename one of them",
                        out);
}

}  // namespace

std::vector<std::string> lint(const Manifest& manifest) {
    Findings out;
    check_finding_peers(manifest, out);
    check_pieces(manifest, out);
    check_names(manifest, out);
    return out;
}

}  // namespace shoal::manifest
