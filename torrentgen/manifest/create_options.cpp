#include "torrentgen/manifest/create_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <string_view>
#include <system_error>

#include "common/error.hpp"
#include "common/units.hpp"
#include "torrentgen/hashing/algorithm.hpp"
#include "torrentgen/manifest/manifest_writer.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {

constexpr std::uint64_t kSmallestPiece = hashing::kBlockBytes;
constexpr std::uint64_t kLargestPiece = 512u << 20;  // libtorrent's limit, rounded down to a power of two

Error bad_piece_size(std::uint64_t size, std::string_view why, std::uint64_t below, std::uint64_t above) {
    below = std::clamp(below, kSmallestPiece, kLargestPiece);
    above = std::clamp(above, kSmallestPiece, kLargestPiece);
    std::string nearest = format_exact_size(below);
    if (below != above) nearest += " or " + format_exact_size(above);
    return {ExitCode::kUsage, "--piece-size " + format_exact_size(size), why, "use " + nearest};
}

void check_text(std::string_view option, std::string_view text) {
    if (!is_utf8(text)) throw Error(ExitCode::kUsage, option, "is not UTF-8", "set a UTF-8 locale");
}

void check_url(std::string_view option, std::string_view url) {
    if (url.starts_with("s3://")) {
        throw Error(ExitCode::kUsage, fmt::format("{} {}", option, escaped(url)),
                    "no client speaks to an object store like this",
                    "give the object's https URL; one that is signed ('aws s3 presign') works too");
    }
    const auto colon = url.find("://");
    const bool has_space = std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= ' '; });
    if (colon == std::string_view::npos || colon == 0 || colon + 3 == url.size() || has_space) {
        throw Error(ExitCode::kUsage, fmt::format("{} {}", option, escaped(url)), "is not a URL",
                    "write it like http://tracker.example:6969/announce");
    }
    check_text(option, url);
}

}  // namespace

std::uint32_t choose_piece_size(const CreateOptions& options) {
    const bool v2 = options.format != Format::kV1;
    if (!options.piece_size) return v2 ? kDefaultV2PieceSize : kDefaultPieceSize;
    const std::uint64_t size = *options.piece_size;
    if (size < kSmallestPiece || size > kLargestPiece) {
        const std::uint64_t nearest = size < kSmallestPiece ? kSmallestPiece : kLargestPiece;
        throw bad_piece_size(size, "pieces are 16KiB to 512MiB", nearest, nearest);
    }
    if (v2 && !std::has_single_bit(size)) {
        throw bad_piece_size(size, "v2 and hybrid need a power of two", std::bit_floor(size),
                             std::bit_ceil(size));
    }
    if (!v2 && size % kSmallestPiece != 0) {
        const std::uint64_t below = size / kSmallestPiece * kSmallestPiece;
        throw bad_piece_size(size, "v1 needs a multiple of 16KiB", below, below + kSmallestPiece);
    }
    return static_cast<std::uint32_t>(size);
}

namespace {

/// Everybody who gets the manifest reads it.
void check_authority(const std::string& pem) {
    if (pem.empty()) return;
    if (pem.find("PRIVATE KEY") != std::string::npos) {
        throw Error(ExitCode::kUsage, "--ssl-ca",
                    "the file holds a private key, and the manifest would publish it",
                    "name the authority's certificate alone");
    }
    if (pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
        throw Error(ExitCode::kUsage, "--ssl-ca", "the file holds no certificate", "a PEM file is needed");
    }
}

}  // namespace

void check_options(const CreateOptions& options) {
    for (const auto& tier : options.trackers) {
        for (const std::string& url : tier) check_url("--announce", url);
    }
    for (const std::string& url : options.web_seeds) check_url("--web-seed", url);
    for (const std::string& node : options.dht_nodes) {
        if (!split_node(node)) {
            throw Error(ExitCode::kUsage, "--dht-node " + escaped(node), "is not HOST:PORT",
                        "write it like router.example:6881");
        }
    }
    check_text("--comment", options.comment);
    check_text("--source", options.source);
    check_authority(options.ssl_ca);
    if (options.date && *options.date < 0) {
        throw Error(ExitCode::kUsage, "--date", "is before 1970", "give seconds since 1970, or 'now'");
    }
    choose_piece_size(options);
}

std::string choose_name(const CreateOptions& options) {
    std::string name = options.name;
    if (name.empty()) {
        std::error_code ignored;
        // "." and "dir/.." have a name only as an absolute path.
        auto path = std::filesystem::absolute(options.content, ignored).lexically_normal();
        if (!path.has_filename()) path = path.parent_path();
        name = path.filename().string();
    }
    if (const auto problem = name_problem(name)) {
        throw Error(ExitCode::kUsage, fmt::format("the name '{}'", escaped(name)), *problem,
                    "choose another one with --name");
    }
    return name;
}

}  // namespace shoal::manifest
