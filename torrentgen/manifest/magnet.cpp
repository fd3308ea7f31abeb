#include <fmt/format.h>

#include "torrentgen/manifest/manifest.hpp"

namespace shoal::manifest {
namespace {

/// RFC 3986: everything but unreserved characters as %XX.
std::string escape(std::string_view text) {
    constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (kPlain.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

}  // namespace

std::string magnet_link(const Manifest& manifest, const std::vector<std::string>& peers) {
    std::string link = "magnet:?";
    if (!manifest.info_hash_v1.empty()) link += "xt=urn:btih:" + manifest.info_hash_v1;
    if (!manifest.info_hash_v2.empty()) {
        // 0x12: SHA-256, 0x20: 32 bytes (multihash, BEP 9)
        link += (link.ends_with('?') ? "xt=urn:btmh:1220" : "&xt=urn:btmh:1220") + manifest.info_hash_v2;
    }
    link += "&dn=" + escape(manifest.name);
    link += fmt::format("&xl={}", manifest.total_size);
    for (const auto& tier : manifest.trackers) {
        for (const std::string& url : tier) link += "&tr=" + escape(url);
    }
    for (const std::string& url : manifest.web_seeds) link += "&ws=" + escape(url);
    for (const std::string& peer : peers) link += "&x.pe=" + escape(peer);
    return link;
}

}  // namespace shoal::manifest
