#include "tracker/web/registration.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "common/error.hpp"
#include "torrentgen/manifest/manifest.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::tracker {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(std::string_view why, std::string_view advice) {
    throw Error(ExitCode::kUsage, "the body", why, advice);
}

InfoHash info_hash_of(const json& value) {
    const auto info_hash =
        value.is_string() ? parse_info_hash(value.get_ref<const std::string&>()) : std::optional<InfoHash>();
    if (!info_hash) refuse("an info-hash is not one", "write 40 hex digits, or 64 of v2, in quotes");
    return *info_hash;
}

std::vector<InfoHash> info_hashes_of(const json& fields) {
    const bool single = fields.contains("info_hash");
    if (single == fields.contains("info_hashes"))
        refuse("it needs one of 'info_hash' and 'info_hashes'", "name the torrent's hash");
    if (single) return {info_hash_of(fields["info_hash"])};
    const json& list = fields["info_hashes"];
    constexpr std::size_t kMost = 2;
    if (!list.is_array() || list.empty() || list.size() > kMost)
        refuse("'info_hashes' is not a list of one or two", "a hybrid torrent has two");
    std::vector<InfoHash> out;
    for (const json& one : list) out.push_back(info_hash_of(one));
    return out;
}

std::string name_of(const json& fields) {
    const auto name = fields.find("name");
    if (name == fields.end() || !name->is_string())
        refuse("'name' is missing or no text", "name the torrent as it should be shown");
    const auto& text = name->get_ref<const std::string&>();
    if (const auto problem = manifest::name_problem(text))
        refuse(fmt::format("the name '{}' {}", manifest::escaped(text), *problem),
               "take a name that a manifest could hold");
    return text;
}

std::uint64_t size_of(const json& fields) {
    const auto size = fields.find("size");
    if (size == fields.end() || !size->is_number_unsigned() || size->get<std::uint64_t>() == 0 ||
        size->get<std::uint64_t>() > manifest::kMaxTorrentBytes)
        refuse("'size' is missing or no number of bytes", "write a whole number from 1 to 2^48 - 1");
    return size->get<std::uint64_t>();
}

Registration read_json(std::string_view body) {
    constexpr std::size_t kMost = 4096;
    if (body.size() > kMost) refuse("it is longer than 4096 bytes of JSON", "send hash, name and size alone");
    const json fields = json::parse(body, nullptr, false);
    if (!fields.is_object()) refuse("it is not valid JSON", "see docs/tracker.md for an example");
    for (const auto& [key, value] : fields.items()) {
        if (key != "info_hash" && key != "info_hashes" && key != "name" && key != "size")
            refuse(fmt::format("'{}' is unknown", manifest::escaped(key)),
                   "there are info_hash, info_hashes, name and size");
    }
    return {info_hashes_of(fields), name_of(fields), size_of(fields)};
}

Registration read_manifest(std::string_view body) {
    manifest::Manifest manifest = manifest::parse_manifest(body, "the body");
    Registration out;
    for (const std::string& hash : {manifest.info_hash_v1, manifest.info_hash_v2}) {
        if (const auto info_hash = parse_info_hash(hash)) out.info_hashes.push_back(*info_hash);
    }
    out.name = std::move(manifest.name);
    out.size = manifest.total_size;
    return out;
}

}  // namespace

Registration read_registration(std::string_view body) {
    const auto first = body.find_first_not_of(" \t\r\n");
    const bool json = first != std::string_view::npos && body[first] == '{';
    return json ? read_json(body) : read_manifest(body);
}

}  // namespace shoal::tracker
