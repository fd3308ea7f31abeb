#include "client/daemon/torrents/state_saver.hpp"

#include <cstddef>
#include <utility>

#include "client/swarm/events.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"

namespace shoal::daemon {
namespace {

constexpr std::size_t kAskedAtOnce = 64;  // bounds the memory that the swarm's answers take

}  // namespace

StateSaver::StateSaver(TorrentTable& torrents, StateStore& store, StateHealth& health, client::Swarm& swarm,
                       TorrentGuard guard, Clock clock)
    : torrents_(torrents),
      store_(store),
      health_(health),
      swarm_(swarm),
      guard_(std::move(guard)),
      clock_(std::move(clock)) {}

void StateSaver::touch(const Torrent& torrent) {
    changed_.insert(torrent.number());
}

void StateSaver::touch_soon(const Torrent& torrent) {
    overdue_.insert(torrent.number());
}

void StateSaver::save_now(const Torrent& torrent) {
    touch_soon(torrent);
    save_some();
}

void StateSaver::save_all() {
    overdue_.insert(changed_.begin(), changed_.end());
    changed_.clear();
    save_some();
}

void StateSaver::save_some() {
    for (auto it = overdue_.begin(); it != overdue_.end() && asked_.size() < kAskedAtOnce;
         it = overdue_.erase(it)) {
        Torrent& torrent = torrents_.at(*it);
        guard_(torrent, [&] {
            // What a check has found so far is less than what is saved already.
            if (!torrent.has_metadata || torrent.swarm_id == 0 || torrent.checking()) return write(torrent);
            if (!asked_.insert(*it).second) return;
            swarm_.request_resume_data(torrent.swarm_id);
        });
    }
}

void StateSaver::write(const Torrent& torrent) {
    const bool swarm_knows_more = torrent.swarm_id != 0 && torrent.has_metadata;
    save(torrent.as_saved(clock_()), swarm_knows_more);
}

void StateSaver::write(const Torrent& torrent, const client::ResumeDataReady& resume) {
    TorrentRecord record = torrent.as_saved(clock_());
    record.have = resume.have;
    record.swarm_state = resume.swarm_state;
    save(std::move(record), false);
}

void StateSaver::save(TorrentRecord record, bool keep_swarm_state) {
    const TorrentNumber number = record.number;
    asked_.erase(number);
    try {
        if (keep_swarm_state) {
            TorrentRecord before = store_.load(number).value_or(TorrentRecord{});
            record.have = std::move(before.have);
            record.swarm_state = std::move(before.swarm_state);
        }
        store_.save(record);
        health_.torrent_written(number);
    } catch (const Error& error) {
        changed_.insert(number);
        health_.torrent_failed(number, error.what());
    }
}

void StateSaver::forget(TorrentNumber number) {
    for (auto* const list : {&changed_, &overdue_, &asked_}) list->erase(number);
}

}  // namespace shoal::daemon
