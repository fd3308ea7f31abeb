#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "client/daemon/rpc/arguments.hpp"
#include "client/daemon/rpc/methods.hpp"
#include "client/daemon/rpc/selection.hpp"
#include "client/daemon/rpc/torrent_changes.hpp"
#include "client/daemon/rpc/torrent_fields.hpp"
#include "client/source/magnet.hpp"
#include "common/base64.hpp"
#include "common/error.hpp"

namespace shoal::daemon {
namespace {

using nlohmann::json;

/// `action` on all of them, also where one fails; the first failure is the answer's.
template <typename Action>
json for_each_selected(Engine& engine, const json& arguments, Action action) {
    std::string failure;
    for (const TorrentNumber torrent : select_torrents(engine, arguments).torrents) {
        try {
            action(torrent);
        } catch (const std::exception& error) {
            if (failure.empty()) failure = fmt::format("torrent {}: {}", torrent, error.what());
        }
    }
    if (!failure.empty()) throw Error(ExitCode::kFailed, failure, "");
    return {};
}

std::string absolute_path(const json& arguments, const char* name) {
    const auto path = text_argument(arguments, name).value_or("");
    if (!path.empty() && !std::filesystem::path(path).is_absolute())
        throw Error(ExitCode::kUsage, name, fmt::format("'{}' is not an absolute path", path));
    return path;
}

json brief(const Engine& engine, TorrentNumber torrent) {
    const TorrentView view = engine.view(torrent);
    return {{"id", view.number}, {"name", view.name}, {"hashString", view.hash}};
}

}  // namespace

json torrent_get(Engine& engine, const json& arguments) {
    const auto names = texts_argument(arguments, "fields");
    if (!names) throw Error(ExitCode::kUsage, "fields", "missing");
    const TorrentFields fields(*names);
    const std::string format = text_argument(arguments, "format").value_or("objects");
    if (format != "objects" && format != "table")
        throw Error(ExitCode::kUsage, "format", "must be 'objects' or 'table'");
    const bool table = format == "table";
    const Selection selection = select_torrents(engine, arguments);
    json answer{{"torrents", json::array()}};
    json& torrents = answer["torrents"];
    if (table) torrents.push_back(fields.table_head());
    for (const TorrentNumber torrent : selection.torrents)
        torrents.push_back(table ? fields.as_row(engine, torrent) : fields.as_object(engine, torrent));
    if (selection.recently_active) answer["removed"] = engine.recently_removed();
    return answer;
}

json torrent_add(Engine& engine, const json& arguments) {
    AddRequest request;
    const auto filename = text_argument(arguments, "filename");
    const auto metainfo = text_argument(arguments, "metainfo");
    if (metainfo) {
        auto bytes = decode_base64(*metainfo);
        if (!bytes || bytes->empty()) throw Error(ExitCode::kBadTorrent, "metainfo", "not base64");
        request.manifest = std::move(*bytes);
    } else if (filename && !client::as_magnet(*filename).empty()) {
        request.magnet = client::as_magnet(*filename);
    } else {
        throw Error(ExitCode::kUsage, "no filename or metainfo specified", "");
    }
    request.folder = absolute_path(arguments, "download-dir");
    request.paused = flag_argument(arguments, "paused");
    request.peer_limit = static_cast<int>(number_argument(arguments, "peer-limit", 0, 65535).value_or(0));
    request.labels = texts_argument(arguments, "labels").value_or(std::vector<std::string>{});
    request.reuse = absolute_path(arguments, "reuse");
    request.replace = flag_argument(arguments, "replace").value_or(false);
    request.keep_old = flag_argument(arguments, "keep-old").value_or(false);
    request.choose = [&arguments](std::uint32_t files) { return file_change(files, arguments); };
    const AddResult added = engine.add(request);
    return {{added.duplicate ? "torrent-duplicate" : "torrent-added", brief(engine, added.number)}};
}

json torrent_start(Engine& engine, const json& arguments) {
    return for_each_selected(engine, arguments, [&](TorrentNumber torrent) { engine.start(torrent); });
}

json torrent_stop(Engine& engine, const json& arguments) {
    return for_each_selected(engine, arguments, [&](TorrentNumber torrent) { engine.stop(torrent); });
}

json torrent_verify(Engine& engine, const json& arguments) {
    return for_each_selected(engine, arguments, [&](TorrentNumber torrent) { engine.verify(torrent); });
}

json torrent_reannounce(Engine& engine, const json& arguments) {
    return for_each_selected(engine, arguments, [&](TorrentNumber torrent) { engine.reannounce(torrent); });
}

json torrent_remove(Engine& engine, const json& arguments) {
    const bool with_content = flag_argument(arguments, "delete-local-data").value_or(false);
    return for_each_selected(engine, arguments,
                             [&](TorrentNumber torrent) { engine.remove(torrent, with_content); });
}

json torrent_set_location(Engine& engine, const json& arguments) {
    const std::string folder = absolute_path(arguments, "location");
    if (folder.empty()) throw Error(ExitCode::kUsage, "location", "missing");
    const bool move = flag_argument(arguments, "move").value_or(false);
    return for_each_selected(engine, arguments,
                             [&](TorrentNumber torrent) { engine.relocate(torrent, folder, move); });
}

json torrent_rename_path(Engine& engine, const json& arguments) {
    const auto path = text_argument(arguments, "path");
    const auto name = text_argument(arguments, "name");
    if (!path || !name) throw Error(ExitCode::kUsage, "path and name", "missing");
    const bool plain = !name->empty() && *name != "." && *name != ".." &&
                       name->find_first_of(std::string_view("/\0", 2)) == std::string::npos;
    if (!plain) throw Error(ExitCode::kUsage, "name", "must be a plain file name");
    const auto torrents = select_torrents(engine, arguments).torrents;
    if (torrents.size() != 1) throw Error(ExitCode::kUsage, "ids", "must name exactly one torrent");
    engine.rename(torrents.front(), *path, *name);
    return {{"path", *path}, {"name", *name}, {"id", torrents.front()}};
}

json torrent_set(Engine& engine, const json& arguments) {
    const std::string folder = absolute_path(arguments, "location");
    return for_each_selected(engine, arguments, [&](TorrentNumber torrent) {
        engine.change(torrent, torrent_change(engine, torrent, arguments));
        if (!folder.empty()) engine.relocate(torrent, folder, false);
    });
}

}  // namespace shoal::daemon
