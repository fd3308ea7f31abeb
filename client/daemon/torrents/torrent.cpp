#include "client/daemon/torrents/torrent.hpp"

#include <algorithm>
#include <utility>

namespace shoal::daemon {

namespace fs = std::filesystem;
using client::TorrentActivity;

bool Torrent::wants(std::size_t file) const {
    return file >= record.file_choices.size() || record.file_choices[file] >= -1;
}

bool Torrent::placed(std::size_t file) const {
    return record.placed.empty() || (file < record.placed.size() && record.placed[file]);
}

void Torrent::set_placed(std::vector<bool> placed) {
    if (std::find(placed.begin(), placed.end(), false) == placed.end()) placed.clear();
    record.placed = std::move(placed);
}

bool Torrent::awaits_files() const {
    for (std::size_t file = 0; !record.staged && file < record.placed.size(); ++file)
        if (wants(file) && !record.placed[file]) return true;
    return false;
}

bool Torrent::checking() const {
    return swarm_id != 0 && (activity.state == TorrentActivity::State::kChecking ||
                             activity.state == TorrentActivity::State::kCheckWaiting);
}

bool Torrent::wants_peers() const {
    using State = TorrentActivity::State;
    return swarm_id != 0 && record.started && !activity.paused && !joining && !record.foreign &&
           (activity.state == State::kMetadata || activity.state == State::kDownloading);
}

bool Torrent::complete() const {
    return activity.state == TorrentActivity::State::kFinished;
}

fs::path Torrent::place() const {
    return fs::path(record.folder) / record.name;
}

bool Torrent::owns_place() const {
    return has_metadata && !record.staged && !record.foreign && !record.displaced;
}

fs::path Torrent::content_path() const {
    return record.staged ? hidden_folder().content(record.name) : place();
}

client::StagingFolder Torrent::hidden_folder() const {
    return {record.folder, record.hash};
}

std::uint64_t Torrent::downloaded() const {
    return std::max(record.downloaded, activity.downloaded);
}

std::uint64_t Torrent::uploaded() const {
    return std::max(record.uploaded, activity.uploaded);
}

std::uint64_t Torrent::corrupt() const {
    return record.corrupt + activity.failed;
}

std::int64_t Torrent::seconds_without_news(std::int64_t now) const {
    return activity.paused ? 0 : std::max<std::int64_t>(0, now - activity_at);
}

std::int64_t Torrent::seconds_seeding(std::int64_t now) const {
    return std::max(record.seconds_seeding,
                    activity.seconds_seeding + (complete() ? seconds_without_news(now) : 0));
}

std::int64_t Torrent::seconds_downloading(std::int64_t now) const {
    return std::max(record.seconds_downloading, activity.seconds_active - activity.seconds_seeding +
                                                    (complete() ? 0 : seconds_without_news(now)));
}

TorrentRecord Torrent::as_saved(std::int64_t now) const {
    TorrentRecord saved = record;
    saved.uploaded = uploaded();
    saved.downloaded = downloaded();
    saved.corrupt = corrupt();
    saved.seconds_downloading = seconds_downloading(now);
    saved.seconds_seeding = seconds_seeding(now);
    return saved;
}

}  // namespace shoal::daemon
