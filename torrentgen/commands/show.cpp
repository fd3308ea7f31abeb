#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/units.hpp"
#include "torrentgen/commands/commands.hpp"
#include "torrentgen/commands/output.hpp"
#include "torrentgen/manifest/lint.hpp"
#include "torrentgen/manifest/manifest.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::torrentgen {
namespace {

using nlohmann::json;

struct Options {
    std::string torrent;
    bool json = false;
};

json to_json(const manifest::Manifest& manifest) {
    json files = json::array();
    for (const auto& file : manifest.files) {
        json entry = {{"path", file.path}, {"size", file.size}};
        if (file.pad) entry["pad"] = true;
        if (file.executable) entry["executable"] = true;
        if (!file.symlink.empty()) entry["symlink"] = file.symlink;
        files.push_back(std::move(entry));
    }
    json out = {{"name", manifest.name},
                {"format", format_name(format_of(manifest))},
                {"single_file", manifest.single_file},
                {"size", manifest.total_size},
                {"piece_size", manifest.piece_size},
                {"pieces", manifest.piece_count},
                {"private", manifest.is_private},
                {"trackers", manifest.trackers},
                {"web_seeds", manifest.web_seeds},
                {"dht_nodes", manifest.dht_nodes},
                {"files", std::move(files)},
                {"magnet", manifest::magnet_link(manifest)},
                {"unusual", manifest::lint(manifest)}};
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) out[key] = value;
    };
    add("info_hash_v1", manifest.info_hash_v1);
    add("info_hash_v2", manifest.info_hash_v2);
    add("comment", manifest.comment);
    add("created_by", manifest.created_by);
    add("source", manifest.source);
    add("ssl_ca", manifest.ssl_ca);
    if (manifest.created_at) out["created_at"] = *manifest.created_at;
    if (!manifest.similar.empty()) out["similar"] = manifest.similar;
    if (!manifest.collections.empty()) out["collections"] = manifest.collections;
    return out;
}

std::string date_text(std::int64_t seconds) {
    constexpr std::int64_t kYear9999 = 253402300799;
    if (seconds > kYear9999) return fmt::format("{} seconds after 1970", seconds);
    return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

void print_file(const manifest::FileEntry& file, std::string_view name, std::size_t depth) {
    std::string label = std::string(2 * depth, ' ') + printable(name);
    if (!file.symlink.empty()) label += " -> " + printable(file.symlink);
    if (file.executable) label += " *";
    fmt::print("  {:>11}  {}\n", file.symlink.empty() ? format_size(file.size) : "", label);
}

/// Folders as they open and close along the list; an order that jumps between folders repeats them.
void print_tree(const manifest::Manifest& manifest) {
    std::vector<std::string_view> open;
    std::uint64_t pad_files = 0;
    std::uint64_t pad_bytes = 0;
    for (const auto& file : manifest.files) {
        if (file.pad) {
            ++pad_files;
            pad_bytes += file.size;
            continue;
        }
        const auto elements = manifest::split_path(file.path);
        std::size_t common = 0;
        while (common < open.size() && common + 1 < elements.size() && open[common] == elements[common])
            ++common;
        open.resize(common);
        for (; open.size() + 1 < elements.size(); open.push_back(elements[open.size()])) {
            fmt::print("  {:>11}  {}{}/\n", "", std::string(2 * open.size(), ' '),
                       printable(elements[open.size()]));
        }
        print_file(file, elements.back(), open.size());
    }
    if (pad_files > 0) fmt::print("  {:>11}  padding in {} places\n", format_size(pad_bytes), pad_files);
}

void print_human(const manifest::Manifest& manifest) {
    print_field("name", manifest.name);
    print_field("info-hash", manifest.info_hash_v1.empty() ? manifest.info_hash_v2 : manifest.info_hash_v1);
    if (!manifest.info_hash_v1.empty()) print_field("v2", manifest.info_hash_v2);
    const auto files = std::count_if(manifest.files.begin(), manifest.files.end(),
                                     [](const auto& file) { return !file.pad; });
    print_field("size", size_text(manifest.total_size, static_cast<std::size_t>(files)));
    print_field("pieces",
                fmt::format("{} of {}", manifest.piece_count, format_exact_size(manifest.piece_size)));
    print_field("format", format_name(format_of(manifest)));
    if (manifest.is_private) print_field("private", "yes: no DHT, no peer exchange");
    for (std::size_t tier = 0; tier < manifest.trackers.size(); ++tier) {
        for (const std::string& url : manifest.trackers[tier]) {
            print_field(manifest.trackers.size() == 1 ? "tracker" : fmt::format("tracker {}", tier + 1), url);
        }
    }
    for (const std::string& url : manifest.web_seeds) print_field("web seed", url);
    for (const std::string& node : manifest.dht_nodes) print_field("DHT node", node);
    for (const std::string& hash : manifest.similar) print_field("similar", hash);
    for (const std::string& name : manifest.collections) print_field("collection", name);
    if (!manifest.ssl_ca.empty())
        print_field("peers", "only those with a certificate of its authority (TLS)");
    print_field("source", manifest.source);
    print_field("comment", manifest.comment);
    print_field("created by", manifest.created_by);
    if (manifest.created_at) print_field("created", date_text(*manifest.created_at));
    for (const std::string& oddity : manifest::lint(manifest)) print_field("unusual", oddity);
    if (manifest.single_file) return;
    fmt::print("files\n");
    print_tree(manifest);
}

void run(const Options& options) {
    const manifest::Manifest manifest = manifest::load_manifest(options.torrent);
    if (options.json) {
        fmt::print("{}\n", to_json(manifest).dump(2, ' ', false, json::error_handler_t::replace));
    } else {
        print_human(manifest);
    }
}

}  // namespace

void setup_show(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("show", "Show what a manifest holds");
    command->footer(
        "Examples:\n  torrentgen show model.bin.torrent\n"
        "  torrentgen show --json model.bin.torrent | jq .info_hash_v1\n");
    command->add_option("torrent", options->torrent, "The manifest; - is standard input")
        ->required()
        ->type_name("TORRENT");
    command->add_flag("--json", options->json, "Print one JSON document");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::torrentgen
