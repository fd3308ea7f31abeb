#include "client/commands/add.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/commands/rpc_options.hpp"
#include "client/content/file_selection.hpp"
#include "client/daemon/rpc/base64.hpp"
#include "client/source/magnet.hpp"
#include "client/source/torrent_source.hpp"
#include "common/error.hpp"
#include "common/file_io.hpp"
#include "common/printable.hpp"

namespace shoal::client {
namespace {

using nlohmann::json;

struct Options {
    RpcOptions rpc;
    std::vector<std::string> torrents;
    std::filesystem::path folder;
    bool paused = false;
    std::vector<std::string> labels;
    std::vector<std::string> files;
    std::filesystem::path reuse;
    bool force = false;
    bool keep_old = false;
};

/// Indices of what the globs leave out, counted as the daemon counts them: without padding.
std::vector<std::size_t> unwanted_files(const std::string& manifest_bytes, const Options& options,
                                        const std::string& torrent) {
    const FileSelection selection =
        select_files(manifest::parse_manifest(manifest_bytes, torrent), options.files);
    std::vector<std::size_t> unwanted;
    for (std::size_t i = 0; i < selection.choices.size(); ++i) {
        if (selection.choices[i] < 0) unwanted.push_back(i);
    }
    return unwanted;
}

json request_for(const Options& options, const std::string& torrent) {
    constexpr std::size_t kMaxBytes = 256u << 20;
    json arguments = json::object();
    const bool local = std::filesystem::exists(torrent);
    const std::string magnet = local ? "" : as_magnet(torrent);
    const std::string path = magnet.empty() ? path_of(torrent) : "";
    if (!local && magnet.empty()) require_known_scheme(torrent);
    if (!magnet.empty() || (!local && path.find("://") != std::string::npos)) {
        if (!options.files.empty())
            throw Error(ExitCode::kUsage, "--files", "what there is to choose from is in the .torrent",
                        "give the .torrent file instead of " + torrent);
        arguments["filename"] = magnet.empty() ? torrent : magnet;
    } else {
        const std::string manifest = read_file(path, kMaxBytes);
        if (!options.files.empty()) {
            const auto unwanted = unwanted_files(manifest, options, torrent);
            if (!unwanted.empty()) arguments["files-unwanted"] = unwanted;  // an empty list would be all
        }
        arguments["metainfo"] = daemon::encode_base64(manifest);
    }
    if (!options.folder.empty()) arguments["download-dir"] = options.folder.string();
    if (options.paused) arguments["paused"] = true;
    if (!options.reuse.empty()) arguments["reuse"] = options.reuse.string();
    if (options.force) arguments["replace"] = true;
    if (options.keep_old) arguments["keep-old"] = true;
    if (!options.labels.empty()) arguments["labels"] = options.labels;
    return arguments;
}

/// What a daemon made of one torrent.
struct Added {
    std::int64_t id = 0;
    std::string name;
    std::string hash;
    bool duplicate = false;
};

Added added_of(const std::string& reply) {
    const json answer = json::parse(reply);
    const bool duplicate = answer.contains("torrent-duplicate");
    const json& added = answer.at(duplicate ? "torrent-duplicate" : "torrent-added");
    return {added.at("id"), added.at("name"), added.at("hashString"), duplicate};
}

void run(const Options& options) {
    if (!options.folder.empty() && !options.folder.is_absolute())
        throw Error(ExitCode::kUsage, "--dir " + options.folder.string(), "not an absolute path",
                    "it is a folder of the daemon's machine");
    if (!options.reuse.empty() && !options.reuse.is_absolute())
        throw Error(ExitCode::kUsage, "--reuse " + options.reuse.string(), "not an absolute path",
                    "it is a path of the daemon's machine");
    if (!options.reuse.empty() && options.torrents.size() > 1)
        throw Error(ExitCode::kUsage, "--reuse", "is for one torrent", "call add once for each");
    std::vector<std::string> requests;
    for (const std::string& torrent : options.torrents)
        requests.push_back(request_for(options, torrent).dump());
    const auto replies = ask_daemons<std::vector<Added>>(options.rpc, [&](remote::RpcClient& client) {
        std::vector<Added> all;
        for (const std::string& request : requests)
            all.push_back(added_of(client.call("torrent-add", request)));
        return all;
    });
    if (!any_answer(replies)) return finish(replies);
    json list = json::array();
    for (const auto& reply : replies) {
        for (const Added& one : reply.answer.value_or(std::vector<Added>())) {
            list.push_back(
                {{"id", one.id}, {"name", one.name}, {"info_hash", one.hash}, {"duplicate", one.duplicate}});
            if (replies.size() > 1) list.back()["host"] = reply.host;
            if (!options.rpc.json)
                fmt::print("{}{} {} {}\n", host_prefix(replies, reply),
                           one.duplicate ? "was there already" : "added", one.id, printable(one.name));
        }
    }
    if (options.rpc.json) fmt::print("{}\n", list.dump(2, ' ', false, json::error_handler_t::replace));
    finish(replies);
}

}  // namespace

void setup_add(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("add", "Give the daemon torrents");
    command
        ->add_option(
            "TORRENT", options->torrents,
            "A .torrent file of this machine, an http(s) URL that the daemon fetches, or a magnet link")
        ->required();
    command->add_option("--dir", options->folder, "Where the content goes, on the daemon's machine")
        ->type_name("DIR");
    command->add_flag("--paused", options->paused, "Wait for 'shoal resume'");
    command->add_option("--label", options->labels, "A word to find it by, again for another one")
        ->type_name("WORD")
        ->allow_extra_args(false);
    command
        ->add_option("--files", options->files,
                     "Download only files that this matches, again for more: '*.json', 'train/*'")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    command
        ->add_option("--reuse", options->reuse,
                     "An older version of the content, on the daemon's machine: only what changed is "
                     "downloaded, and it stays as it is")
        ->type_name("PATH");
    command->add_flag("-f,--force", options->force,
                      "Replace other content of the same name when the download is verified; without --reuse "
                      "that is where it starts");
    command->add_flag("--keep-old", options->keep_old,
                      "Replace it, and leave the old content beside it as NAME.old");
    add_rpc_options(*command, options->rpc);
    command->footer(
        "Examples:\n  shoal add model.torrent --dir /srv/models --label nightly\n"
        "  shoal add http://tracker:6969/model.torrent --rpc @hosts.txt");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::client
