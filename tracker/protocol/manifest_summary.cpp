#include "tracker/protocol/manifest_summary.hpp"

#include <openssl/evp.h>

#include <array>

#include "tracker/protocol/bencode_reader.hpp"

namespace shoal::tracker {
namespace {

InfoHash digest(std::string_view bytes, const EVP_MD* algorithm) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), hash.data(), &size, algorithm, nullptr);
    return *InfoHash::from_bytes({reinterpret_cast<const char*>(hash.data()), InfoHash::kSize});
}

bool is_padding(const BencodeView& file) {
    const auto attributes = file.find("attr");
    return attributes && attributes->string().value_or("").find('p') != std::string_view::npos;
}

/// False where a length is missing or negative, or the sum leaves 63 bits.
bool add_length(const BencodeView& file, std::uint64_t& size) {
    constexpr std::uint64_t kMost = INT64_MAX;
    const auto length = file.find("length");
    const auto bytes = length ? length->integer() : std::nullopt;
    if (!bytes || *bytes < 0 || static_cast<std::uint64_t>(*bytes) > kMost - size) return false;
    if (!is_padding(file)) size += static_cast<std::uint64_t>(*bytes);
    return true;
}

/// BEP 52: folders are dictionaries; a file is a dictionary under the empty name.
bool add_tree(const BencodeView& node, std::uint64_t& size) {
    bool good = true;
    const bool whole = node.for_each([&](std::string_view name, BencodeView child) {
        good = good && (name.empty() ? add_length(child, size) : add_tree(child, size));
    });
    return whole && good;
}

bool add_files(const BencodeView& info, std::uint64_t& size) {
    if (const auto files = info.find("files")) {
        bool good = files->is_list();
        files->for_each([&](std::string_view, BencodeView file) { good = good && add_length(file, size); });
        return good;
    }
    if (info.find("length")) return add_length(info, size);
    const auto tree = info.find("file tree");
    return tree && tree->is_dictionary() && add_tree(*tree, size);
}

}  // namespace

std::optional<ManifestSummary> summarize_manifest(std::string_view bytes) {
    const BencodeView manifest(bytes);
    const auto whole = manifest.span();
    if (!whole || whole->size() != bytes.size() || !manifest.is_dictionary()) return std::nullopt;
    const auto info = manifest.find("info");
    if (!info || !info->is_dictionary()) return std::nullopt;
    const auto name = info->find("name");
    ManifestSummary summary;
    if (!name || !name->string() || name->string()->empty() || !add_files(*info, summary.size))
        return std::nullopt;
    summary.name = *name->string();
    const std::string_view text = *info->span();
    if (info->find("pieces")) summary.info_hashes.push_back(digest(text, EVP_sha1()));
    const auto version = info->find("meta version");
    if (version && version->integer() == 2) summary.info_hashes.push_back(digest(text, EVP_sha256()));
    if (summary.info_hashes.empty()) return std::nullopt;
    return summary;
}

}  // namespace shoal::tracker
