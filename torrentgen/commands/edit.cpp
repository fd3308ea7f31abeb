#include "torrentgen/manifest/edit.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/cli/help.hpp"
#include "common/error.hpp"
#include "common/file_io.hpp"
#include "torrentgen/commands/commands.hpp"
#include "torrentgen/commands/options.hpp"
#include "torrentgen/commands/output.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::torrentgen {
namespace {

using nlohmann::json;

struct Options {
    std::string torrent;
    std::string output;
    std::vector<std::string> announce;
    std::vector<std::string> add_announce;
    std::vector<std::string> remove_announce;
    bool no_announce = false;
    std::vector<std::string> web_seeds;
    bool no_web_seeds = false;
    std::vector<std::string> dht_nodes;
    bool no_dht_nodes = false;
    std::string comment;
    bool no_comment = false;
    std::string date;
    bool no_date = false;
    bool make_private = false;
    bool make_public = false;
    std::string source;
    std::string name;
    bool new_info_hash = false;
    bool force = false;
    bool dry_run = false;
    bool json = false;
};

/// What `edit` can change, as name and value, one line each.
using Lines = std::vector<std::pair<std::string, std::string>>;

Lines describe(const manifest::Manifest& manifest) {
    Lines lines;
    lines.emplace_back("name", manifest.name);
    if (!manifest.info_hash_v1.empty()) lines.emplace_back("info-hash", manifest.info_hash_v1);
    if (!manifest.info_hash_v2.empty()) lines.emplace_back("info-hash v2", manifest.info_hash_v2);
    if (manifest.is_private) lines.emplace_back("private", "yes");
    for (std::size_t tier = 0; tier < manifest.trackers.size(); ++tier) {
        for (const auto& url : manifest.trackers[tier]) {
            lines.emplace_back(fmt::format("tracker {}", tier + 1), url);
        }
    }
    for (const auto& url : manifest.web_seeds) lines.emplace_back("web seed", url);
    for (const auto& node : manifest.dht_nodes) lines.emplace_back("DHT node", node);
    if (!manifest.source.empty()) lines.emplace_back("source", manifest.source);
    if (!manifest.comment.empty()) lines.emplace_back("comment", manifest.comment);
    if (manifest.created_at) lines.emplace_back("created", fmt::format("{}", *manifest.created_at));
    return lines;
}

manifest::EditOptions to_edit(const Options& options) {
    manifest::EditOptions edit;
    if (options.no_announce || !options.announce.empty()) edit.trackers = to_tiers(options.announce);
    edit.add_trackers = to_tiers(options.add_announce);
    edit.remove_trackers = options.remove_announce;
    if (options.no_web_seeds || !options.web_seeds.empty()) edit.web_seeds = options.web_seeds;
    if (options.no_dht_nodes || !options.dht_nodes.empty()) edit.dht_nodes = options.dht_nodes;
    if (options.no_comment || !options.comment.empty()) edit.comment = options.comment;
    if (options.no_date || !options.date.empty()) edit.created_at = parse_date(options.date);
    if (options.make_private) edit.is_private = true;
    if (options.make_public) edit.is_private = false;
    if (!options.source.empty()) edit.source = options.source;
    if (!options.name.empty()) edit.name = options.name;
    if (edit.changes_info_hash() && !options.new_info_hash) {
        throw Error(ExitCode::kUsage, "--private, --public, --source and --name",
                    "they change the info-hash, so that the swarm splits in two",
                    "add --new-info-hash if that is meant");
    }
    return edit;
}

json to_json(const Lines& lines) {
    json out = json::array();
    for (const auto& [name, value] : lines) out.push_back({{"field", name}, {"value", value}});
    return out;
}

void print_difference(const Lines& before, const Lines& after) {
    const auto missing = [](const Lines& lines, const auto& line) {
        return std::find(lines.begin(), lines.end(), line) == lines.end();
    };
    for (const auto& line : before) {
        fmt::print("{} {:<13}{}\n", missing(after, line) ? '-' : ' ', line.first, printable(line.second));
    }
    for (const auto& line : after) {
        if (missing(before, line)) fmt::print("+ {:<13}{}\n", line.first, printable(line.second));
    }
}

void run(const Options& options) {
    const manifest::EditOptions edit = to_edit(options);
    std::string bytes;
    const manifest::Manifest before = manifest::load_manifest(options.torrent, &bytes);
    print_remark(before);
    const std::string edited = manifest::edit_manifest(bytes, options.torrent, edit);
    const manifest::Manifest after = manifest::parse_manifest(edited, options.torrent);
    const std::string output = options.output.empty() ? options.torrent : options.output;
    if (output == "-") {
        if (std::fwrite(edited.data(), 1, edited.size(), stdout) != edited.size() ||
            std::fflush(stdout) != 0) {
            throw file_error("standard output", errno);
        }
        return;
    }
    if (!options.dry_run) {
        const bool in_place = output == options.torrent;
        write_file_atomically(output, edited, in_place || options.force ? Overwrite::kYes : Overwrite::kNo);
    }
    if (options.json) {
        const json out = {{"before", to_json(describe(before))},
                          {"after", to_json(describe(after))},
                          {"output", output},
                          {"written", !options.dry_run}};
        fmt::print("{}\n", out.dump(2, ' ', false, json::error_handler_t::replace));
        return;
    }
    print_difference(describe(before), describe(after));
    fmt::print("{}\n",
               options.dry_run ? "nothing was written (--dry-run)" : "written to " + printable(output));
}

void add_list(CLI::App& command, const std::string& name, std::vector<std::string>& target,
              const std::string& type, const std::string& help) {
    command.add_option(name, target, help)->type_name(type)->allow_extra_args(false);
}

}  // namespace

void setup_edit(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("edit", "Change trackers, web seeds, nodes or comment of a manifest");
    command->footer(
        "Shows what was (-) and what is now (+). The info-hash, and with it the swarm, stays the same "
        "unless\n"
        "--new-info-hash is given.\n\n"
        "Examples:\n"
        "  torrentgen edit model.bin.torrent --announce http://new:6969/announce\n"
        "  torrentgen edit a.torrent --add-announce udp://spare:6969 -o b.torrent\n");
    command->add_option("torrent", options->torrent, "The manifest; - is standard input")
        ->required()
        ->type_name("TORRENT");
    command->add_option("-o,--output", options->output, "Where to write; - is standard output")
        ->type_name("FILE")
        ->default_str("TORRENT");
    add_list(*command, "-a,--announce,--tracker", options->announce, "URL",
             "Instead of all trackers; each -a is a tier, commas separate the trackers of one");
    add_list(*command, "--add-announce,--add-tracker", options->add_announce, "URL",
             "One more tier; repeatable");
    add_list(*command, "--remove-announce,--remove-tracker", options->remove_announce, "URL",
             "Take out a tracker; repeatable");
    command->add_flag("--no-announce,--no-tracker", options->no_announce, "No trackers");
    add_list(*command, "-w,--web-seed", options->web_seeds, "URL", "Instead of all web seeds; repeatable");
    command->add_flag("--no-web-seed", options->no_web_seeds, "No web seeds");
    add_list(*command, "--dht-node,--node,--dht-bootstrap", options->dht_nodes, "HOST:PORT",
             "Instead of all DHT nodes; repeatable");
    command->add_flag("--no-dht-node,--no-dht-bootstrap", options->no_dht_nodes, "No DHT nodes");
    command->add_option("-c,--comment", options->comment, "Free text")->type_name("TEXT");
    command->add_flag("--no-comment", options->no_comment, "No comment");
    command->add_option("--date", options->date, "now, or seconds since 1970")->type_name("now|EPOCH");
    command->add_flag("--no-date", options->no_date, "No date");
    auto* make_private =
        command->add_flag("--private", options->make_private, "Make it private (new info-hash)");
    command->add_flag("--public", options->make_public, "Make it public (new info-hash)")
        ->excludes(make_private);
    command->add_option("--source", options->source, "Another source (new info-hash)")->type_name("TEXT");
    command->add_option("-n,--name", options->name, "Another name (new info-hash)")->type_name("NAME");
    command->add_flag("--new-info-hash", options->new_info_hash, "Allow what makes it another swarm");
    command->add_flag("-f,--force", options->force, "Replace an existing output file");
    command->add_flag("--dry-run", options->dry_run, "Show the change; write nothing");
    command->add_flag("--json", options->json, "Print one JSON document");
    show_in_help(*command, {"--output", "--announce", "--add-announce", "--remove-announce", "--web-seed",
                            "--comment", "--new-info-hash", "--force", "--dry-run", "--json"});
    command->callback([options] {
        if (options->torrent == "-" && options->output.empty()) options->output = "-";
        run(*options);
    });
}

}  // namespace shoal::torrentgen
