#include "client/commands/add_request.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "client/content/file_selection.hpp"
#include "client/source/magnet.hpp"
#include "client/source/torrent_source.hpp"
#include "common/base64.hpp"
#include "common/error.hpp"
#include "common/file_io.hpp"

namespace shoal::client {
namespace {

using nlohmann::json;

/// Indices of what the globs leave out, counted as the daemon counts them: without padding.
std::vector<std::size_t> unwanted_files(const std::string& manifest_bytes, const AddOptions& options,
                                        const std::string& torrent) {
    const FileSelection selection =
        select_files(manifest::parse_manifest(manifest_bytes, torrent), options.files);
    std::vector<std::size_t> unwanted;
    for (std::size_t i = 0; i < selection.choices.size(); ++i) {
        if (selection.choices[i] < 0) unwanted.push_back(i);
    }
    return unwanted;
}

json request_for(const AddOptions& options, const std::string& torrent) {
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
        arguments["metainfo"] = encode_base64(manifest);
    }
    if (!options.folder.empty()) arguments["download-dir"] = options.folder.string();
    if (options.paused) arguments["paused"] = true;
    if (!options.reuse.empty()) arguments["reuse"] = options.reuse.string();
    if (options.force) arguments["replace"] = true;
    if (options.keep_old) arguments["keep-old"] = true;
    if (!options.labels.empty()) arguments["labels"] = options.labels;
    return arguments;
}

}  // namespace

void add_torrent_options(CLI::App& command, AddOptions& options) {
    command.add_option("--dir", options.folder, "Where the content goes, on the daemon's machine")
        ->type_name("DIR");
    command.add_flag("--paused", options.paused, "Wait for 'shoal resume'");
    command.add_option("--label", options.labels, "A word to find it by, again for another one")
        ->type_name("WORD")
        ->allow_extra_args(false);
    command
        .add_option("--files", options.files,
                    "Download only files that this matches, again for more: '*.json', 'train/*'")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    command
        .add_option("--reuse", options.reuse,
                    "An older version of the content, on the daemon's machine: only what changed is "
                    "downloaded, and it stays as it is")
        ->type_name("PATH");
    command.add_flag("-f,--force", options.force,
                     "Replace other content of the same name when the download is verified; without --reuse "
                     "that is where it starts");
    command.add_flag("--keep-old", options.keep_old,
                     "Replace it, and leave the old content beside it as NAME.old");
}

std::vector<std::string> add_requests(const AddOptions& options) {
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
    return requests;
}

Added added_of(const std::string& reply) {
    const json answer = json::parse(reply);
    const bool duplicate = answer.contains("torrent-duplicate");
    const json& added = answer.at(duplicate ? "torrent-duplicate" : "torrent-added");
    return {added.at("id"), added.at("name"), added.at("hashString"), duplicate};
}

}  // namespace shoal::client
