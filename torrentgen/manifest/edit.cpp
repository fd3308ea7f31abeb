#include "torrentgen/manifest/edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <libtorrent/bencode.hpp>
#include <libtorrent/entry.hpp>
#include <utility>

#include "common/error.hpp"
#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/decode.hpp"
#include "torrentgen/manifest/manifest.hpp"
#include "torrentgen/manifest/manifest_writer.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {

using Tiers = std::vector<std::vector<std::string>>;

Tiers edited_trackers(Tiers tiers, const EditOptions& options) {
    if (options.trackers) tiers = *options.trackers;
    for (const std::string& url : options.remove_trackers) {
        bool found = false;
        for (auto& tier : tiers) found |= std::erase(tier, url) > 0;
        if (!found) {
            throw Error(ExitCode::kUsage, "--remove-announce " + escaped(url),
                        "the manifest has no such tracker", "see 'torrentgen show'");
        }
    }
    tiers.insert(tiers.end(), options.add_trackers.begin(), options.add_trackers.end());
    std::erase_if(tiers, [](const auto& tier) { return tier.empty(); });
    return tiers;
}

void set_trackers(lt::entry::dictionary_type& top, const Tiers& tiers) {
    top.erase("announce");
    top.erase("announce-list");
    std::size_t count = 0;
    for (const auto& tier : tiers) count += tier.size();
    if (count == 0) return;
    top["announce"] = tiers.front().front();
    if (count == 1) return;
    lt::entry::list_type list;
    for (const auto& tier : tiers) {
        lt::entry::list_type urls;
        for (const std::string& url : tier) urls.emplace_back(url);
        list.emplace_back(std::move(urls));
    }
    top["announce-list"] = std::move(list);
}

void set_strings(lt::entry::dictionary_type& top, const char* key, const std::vector<std::string>& values) {
    top.erase(key);
    if (values.empty()) return;
    lt::entry::list_type list;
    for (const std::string& value : values) list.emplace_back(value);
    top[key] = std::move(list);
}

void set_nodes(lt::entry::dictionary_type& top, const std::vector<std::string>& nodes) {
    top.erase("nodes");
    if (nodes.empty()) return;
    lt::entry::list_type list;
    for (const std::string& node : nodes) {
        const auto parts = split_node(node);
        if (!parts) continue;  // check_options has refused it
        list.emplace_back(
            lt::entry::list_type{lt::entry(parts->first), lt::entry(std::int64_t{parts->second})});
    }
    top["nodes"] = std::move(list);
}

void set_text(lt::entry::dictionary_type& dict, const char* key, const std::string& value) {
    dict.erase(key);
    if (!value.empty()) dict[key] = value;
}

void edit_info(lt::entry::dictionary_type& info, const Manifest& manifest, const EditOptions& options) {
    if (options.is_private) info.erase("private");
    if (options.is_private == true) info["private"] = 1;
    if (options.source) set_text(info, "source", *options.source);
    if (!options.name) return;
    info.erase("name.utf-8");
    info["name"] = *options.name;
    const auto tree = info.find("file tree");
    if (!manifest.single_file || tree == info.end() || manifest.name == *options.name) return;
    lt::entry::dictionary_type& files = tree->second.dict();
    files[*options.name] = files[manifest.name];
    files.erase(manifest.name);
}

/// The new values are held to what `create` accepts.
void check(const EditOptions& options) {
    CreateOptions values;
    if (options.trackers) values.trackers = *options.trackers;
    values.trackers.insert(values.trackers.end(), options.add_trackers.begin(), options.add_trackers.end());
    if (options.web_seeds) values.web_seeds = *options.web_seeds;
    if (options.dht_nodes) values.dht_nodes = *options.dht_nodes;
    if (options.created_at) values.date = *options.created_at;
    values.comment = options.comment.value_or("");
    values.source = options.source.value_or("");
    check_options(values);
    if (options.name) {
        values.name = *options.name;
        choose_name(values);
    }
}

}  // namespace

std::string edit_manifest(std::string_view bytes, std::string_view source_name, const EditOptions& options) {
    check(options);
    const Manifest before = parse_manifest(bytes, source_name);
    const lt::bdecode_node node = decode(bytes, source_name);
    lt::entry root(node);
    lt::entry::dictionary_type& top = root.dict();
    if (options.changes_info_hash()) {
        edit_info(top["info"].dict(), before, options);
    } else {
        // Sorting the keys of another program's info dictionary would be enough to change its hash.
        const std::string_view info = raw_bytes(node.dict_find_dict("info"));
        lt::entry raw(lt::entry::preformatted_t);
        raw.preformatted().assign(info.begin(), info.end());
        top["info"] = std::move(raw);
    }
    if (options.trackers || !options.add_trackers.empty() || !options.remove_trackers.empty()) {
        set_trackers(top, edited_trackers(before.trackers, options));
    }
    if (options.web_seeds) set_strings(top, "url-list", *options.web_seeds);
    if (options.dht_nodes) set_nodes(top, *options.dht_nodes);
    if (options.comment) set_text(top, "comment", *options.comment);
    if (options.created_at) {
        top.erase("creation date");
        if (const auto date = *options.created_at) top["creation date"] = *date;
    }
    std::string out;
    lt::bencode(std::back_inserter(out), root);
    const Manifest after = parse_manifest(out, source_name);
    if (!options.changes_info_hash() &&
        (after.info_hash_v1 != before.info_hash_v1 || after.info_hash_v2 != before.info_hash_v2)) {
        throw Error(ExitCode::kFailed, source_name, "the edit would have changed the info-hash",
                    "report this");
    }
    return out;
}

}  // namespace shoal::manifest
