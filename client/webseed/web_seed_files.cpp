#include "client/webseed/web_seed_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace shoal::webseed {
namespace {

/// RFC 3986, but '/' stays.
std::string escaped(std::string_view path) {
    constexpr std::string_view kAsTheyAre = "-._~/";
    std::string text;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x80 && std::isalnum(byte) != 0) || kAsTheyAre.find(c) != std::string_view::npos)
            text += c;
        else
            text += fmt::format("%{:02X}", byte);
    }
    return text;
}

bool ends_in_slash(const std::string& url) {
    return !url.empty() && url.back() == '/';
}

bool has_bytes(const manifest::FileEntry& file) {
    return !file.pad && file.symlink.empty() && file.size > 0;
}

FilePart sample_of(const std::string& web_seed, const manifest::Manifest& manifest,
                   const manifest::FileEntry& file) {
    constexpr std::uint64_t kSample = 16 * 1024;  // a block
    return {url_of(web_seed, manifest, file),
            path_below(web_seed, manifest, file),
            0,
            std::min(kSample, file.size),
            file.size,
            false};
}

}  // namespace

std::string path_below(const std::string& web_seed, const manifest::Manifest& manifest,
                       const manifest::FileEntry& file) {
    if (manifest.single_file) return ends_in_slash(web_seed) ? escaped(manifest.name) : "";
    return escaped(manifest.name + "/" + file.path);
}

std::string url_of(const std::string& web_seed, const manifest::Manifest& manifest,
                   const manifest::FileEntry& file) {
    const std::string path = path_below(web_seed, manifest, file);
    return web_seed + (path.empty() || ends_in_slash(web_seed) ? "" : "/") + path;
}

std::vector<FilePart> samples(const std::string& web_seed, const manifest::Manifest& manifest) {
    const auto first = std::find_if(manifest.files.begin(), manifest.files.end(), has_bytes);
    if (first == manifest.files.end()) return {};
    const auto last = std::find_if(manifest.files.rbegin(), manifest.files.rend(), has_bytes);
    std::vector<FilePart> parts{sample_of(web_seed, manifest, *first)};
    if (&*last != &*first) parts.push_back(sample_of(web_seed, manifest, *last));
    return parts;
}

std::vector<FilePart> parts_of_piece(const std::string& web_seed, const manifest::Manifest& manifest,
                                     std::uint32_t piece) {
    const std::uint64_t begin = std::uint64_t{piece} * manifest.piece_size;
    const std::uint64_t end = begin + manifest.piece_size;
    const bool files_begin_pieces = manifest.info_hash_v1.empty();
    std::vector<FilePart> parts;
    std::uint64_t at = 0;
    for (const manifest::FileEntry& file : manifest.files) {
        if (files_begin_pieces && file.pad) continue;
        if (files_begin_pieces && at % manifest.piece_size != 0)
            at += manifest.piece_size - at % manifest.piece_size;
        const std::uint64_t from = std::max(begin, at);
        const std::uint64_t to = std::min(end, at + file.size);
        if (from < to)
            parts.push_back({file.pad ? "" : url_of(web_seed, manifest, file), "", from - at, to - from,
                             file.size, file.pad});
        at += file.size;
    }
    return parts;
}

std::optional<std::string> moved_base(const std::string& landed, const std::string& path) {
    const std::string end = "/" + path;
    if (path.empty() || !landed.ends_with(end)) return std::nullopt;
    return landed.substr(0, landed.size() - path.size());
}

}  // namespace shoal::webseed
