#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "client/content/existing_content.hpp"
#include "client/content/link_check.hpp"
#include "client/daemon/torrents/manifest_files.hpp"
#include "client/daemon/torrents/swarm_engine.hpp"
#include "client/daemon/torrents/torrent.hpp"
#include "client/daemon/torrents/torrent_facts.hpp"
#include "client/daemon/trouble_reason.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {

namespace fs = std::filesystem;

void SwarmEngine::note_placed(Torrent& torrent, const manifest::Manifest& facts,
                              const std::vector<bool>& whole) {
    std::vector<bool> placed;
    for_each_file(facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        placed.push_back(torrent.placed(number) && number < whole.size() && whole[number] &&
                         client::is_there(client::file_path(facts, file, torrent.place())));
    });
    torrent.set_placed(std::move(placed));
}

void SwarmEngine::open_staging(Torrent& torrent) {
    if (torrent.staging) return;
    auto staging = std::make_unique<client::StagingFolder>(torrent.record.folder, torrent.record.hash);
    staging->open();
    torrent.staging = std::move(staging);
}

void SwarmEngine::choices_changed(Torrent& torrent) {
    if (torrent.swarm_id == 0) return;  // it is told when it joins
    if (torrent.finishing == Torrent::Finishing::kMoving) {
        torrent.choices_waiting = true;
        return;
    }
    const auto facts =
        torrent.owns_place() && !torrent.single_file ? facts_of(store_, torrent) : std::nullopt;
    if (facts) {
        std::vector<bool> whole;
        const std::vector<std::uint64_t> done = swarm_.file_progress(torrent.swarm_id);
        for_each_file(*facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
            // While it is looked at, nothing is known that was not before.
            const bool looking = torrent.joining || torrent.checking();
            whole.push_back(looking || (number < done.size() && done[number] == file.size));
        });
        const std::vector<bool> before = torrent.record.placed;
        note_placed(torrent, *facts, whole);
        if (torrent.awaits_files()) open_staging(torrent);
        // Before anything of them is written: a daemon that is killed must know that they are not complete.
        saver_.write(torrent);
        if (torrent.record.placed != before)
            swarm_.place_files(torrent.swarm_id, places_.hidden_paths(torrent, *facts));
    }
    swarm_.choose_files(torrent.swarm_id, torrent.record.file_choices);
    if (!facts) return;
    if (torrent.awaits_files()) return flush(torrent);
    torrent.watch.reset();
    watch(torrent);
}

void SwarmEngine::flush(Torrent& torrent) {
    if (torrent.finishing == Torrent::Finishing::kMoving) return;
    torrent.finishing = Torrent::Finishing::kFlushing;
    ++torrent.flushes;
    swarm_.flush(torrent.swarm_id);
}

void SwarmEngine::deliver_awaited(Torrent& torrent) {
    TorrentRecord& record = torrent.record;
    const auto facts = facts_of(store_, torrent);
    if (!facts || !torrent.staging) return;
    const std::map<std::uint32_t, std::string> awaited = places_.awaited_files(torrent, *facts);
    std::vector<std::string> files;
    for (const auto& [number, path] : awaited) files.push_back(path);
    using Delivery = client::StagingFolder::Delivery;
    const bool delivered = torrent.staging->finish_delivery(record.name) == Delivery::kOver &&
                           torrent.staging->noted_files() == files;
    if (!delivered) {
        // The swarm may not have heard of the choice yet; then the next look finds them.
        const bool there = std::all_of(files.begin(), files.end(), [&](const std::string& file) {
            return client::is_there(torrent.staging->content(record.name) / file);
        });
        if (!there) return;
        if (const auto link = client::link_in_the_way(record.folder, {}, *facts))
            throw client::link_error(*link);
        for (const std::string& file : files) {
            if (record.replaces || !client::is_there(torrent.place() / file)) continue;
            return local_trouble(torrent, TroubleReason::kPlaceTaken,
                                 fmt::format("{} appeared while it was downloaded: move it away, or "
                                             "start the torrent again to have it replaced",
                                             (torrent.place() / file).string()));
        }
        torrent.staging->deliver_files(record.name, files, old_content(record));
    }
    torrent.delivered.clear();
    for (std::uint32_t number = 0; number < torrent.files; ++number)
        torrent.delivered.push_back(torrent.placed(number) || awaited.contains(number));
    std::map<std::uint32_t, std::string> paths;
    for (const auto& [number, path] : awaited) paths[number] = record.name + "/" + path;
    torrent.finishing = Torrent::Finishing::kMoving;
    torrent.placing = paths.size();
    swarm_.place_files(torrent.swarm_id, paths);
}

void SwarmEngine::on(Torrent& torrent, const client::FilePlaced& placed) {
    // Not of those that went the other way.
    const bool delivered = torrent.finishing == Torrent::Finishing::kMoving && torrent.placing > 0 &&
                           placed.path.starts_with(torrent.record.name + "/");
    if (delivered && --torrent.placing == 0) awaited_delivered(torrent);
}

void SwarmEngine::awaited_delivered(Torrent& torrent) {
    torrent.finishing = Torrent::Finishing::kNo;
    torrent.set_placed(std::exchange(torrent.delivered, {}));
    torrent.record.replaces = false;
    torrent.watch.reset();
    log::info("files that were chosen later are in their place",
              {{"id", std::to_string(torrent.record.number)}, {"torrent", torrent.record.name}});
    announce_done(torrent);
    drop_staging(torrent);
    if (std::exchange(torrent.choices_waiting, false)) choices_changed(torrent);
    watch(torrent);
}

void SwarmEngine::on(Torrent& torrent, const client::FilePlaceFailed& failed) {
    torrent.finishing = Torrent::Finishing::kNo;
    torrent.placing = 0;
    local_trouble(torrent, reason_of(failed.error_number),
                  fmt::format("cannot put a file into its place: {}", failed.why));
}

}  // namespace shoal::daemon
