#include "client/daemon/torrents/swarm_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

#include "client/content/existing_content.hpp"
#include "client/content/file_selection.hpp"
#include "client/content/letter_case.hpp"
#include "client/content/link_check.hpp"
#include "client/daemon/torrents/manifest_files.hpp"
#include "client/daemon/torrents/torrent.hpp"
#include "client/daemon/torrents/torrent_facts.hpp"
#include "client/daemon/trouble_reason.hpp"
#include "client/source/magnet.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;
using client::TorrentActivity;

constexpr std::int64_t kGoalsEvery = 5;     // seconds
constexpr std::int64_t kSessionEvery = 60;  // seconds between saves of the totals
// The system writes content out within half a minute or so; and as old may alive_at be.
constexpr std::int64_t kWrittenOut = 120 + kSessionEvery;
constexpr std::int64_t kStateRetry = 5;  // seconds between attempts while the state folder is behind

}  // namespace

SwarmEngine::SwarmEngine(client::Swarm& swarm, StateStore& store, EngineOptions options, Clock clock,
                         LocalTime local_time)
    : swarm_(swarm),
      store_(store),
      clock_(std::move(clock)),
      session_state_(store, health_, clock_),
      limits_(swarm, std::move(local_time)),
      views_(torrents_, traffic_, store, swarm, clock_),
      saver_(torrents_, store, health_, swarm, guard(), clock_),
      places_(torrents_, store, swarm),
      rounds_(torrents_, traffic_, guard(),
              [this](Torrent& torrent, const std::string& seen) { doubt(torrent, seen); }),
      web_seeds_(torrents_, store, swarm, options.web_seeds, guard(), clock_),
      removals_(store) {
    reconfigure(std::move(options));
}

SwarmEngine::~SwarmEngine() = default;

void SwarmEngine::load() {
    store_.remove_orphans();
    // State files are written through, content is not: where both ended with the machine, the state claims
    // more than there may be.
    const bool power_failed = session_state_.power_failed(options_.boot);
    // One at a time: what all of them hold for the swarm is more than what stays.
    for (const TorrentNumber number : store_.torrents()) {
        session_state_.number_is_taken(number);
        load_one(number, power_failed);
    }
    finish_removals();
    session_state_.begin(options_.boot);
    log::info("torrents loaded", {{"count", std::to_string(torrents_.size())}});
}

bool SwarmEngine::may_have_lost(const TorrentRecord& record) const {
    const bool growing = record.staged || !record.placed.empty() || record.done_at == 0;
    return growing || record.done_at + kWrittenOut >= session_state_.alive_at();
}

void SwarmEngine::load_one(TorrentNumber number, bool power_failed) {
    auto record = store_.load(number);
    if (!record) return;  // set aside, and logged
    if (power_failed && !record->have.empty() && may_have_lost(*record)) {
        log::warning("content is read again, because the machine was started without a stop of the daemon",
                     {{"id", std::to_string(number)}, {"torrent", record->name}});
        record->have.clear();
    }
    auto torrent = std::make_unique<Torrent>();
    torrent->record = std::move(*record);
    Torrent& inserted = torrents_.insert(std::move(torrent));
    // A torrent that fails here stays in the list with its trouble, so that nobody wonders where it went.
    if (inserted.record.removing) return;
    guarded(inserted, [&] {
        torrents_.name_hashes(inserted, {inserted.record.hash});
        std::string manifest_bytes;
        try {
            manifest_bytes = store_.manifest(number).value_or("");
            if (!manifest_bytes.empty()) manifest::parse_manifest(manifest_bytes, inserted.record.name);
        } catch (const Error& failure) {
            store_.set_manifest_aside(number, failure.what());
            // Where there is a magnet link, peers have the metadata.
            if (inserted.record.magnet.empty()) throw;
            manifest_bytes.clear();
        }
        join_swarm(inserted, manifest_bytes);
    });
}

void SwarmEngine::guarded(Torrent& torrent, const std::function<void()>& step) {
    try {
        step();
    } catch (const std::exception& failure) {
        const std::string why = failure.what();
        try {
            local_trouble(torrent, reason_of(failure), why);
        } catch (const std::exception& another) {
            log::error(
                "torrent cannot be stopped",
                {{"id", std::to_string(torrent.record.number)}, {"why", why}, {"and", another.what()}});
        }
    }
}

TorrentGuard SwarmEngine::guard() {
    return [this](Torrent& torrent, const std::function<void()>& step) { guarded(torrent, step); };
}

void SwarmEngine::take_facts(Torrent& torrent, const manifest::Manifest& facts) {
    torrent.has_metadata = true;
    torrent.is_private = facts.is_private;
    torrent.pieces = facts.piece_count;
    torrent.piece_size = facts.piece_size;
    torrent.files = count_files(facts);
    torrent.single_file = facts.single_file;
    torrent.has_web_seeds = !facts.web_seeds.empty();
    torrent.size = torrent.activity.wanted = facts.total_size;
    torrent.record.name = facts.name;
}

void SwarmEngine::find_content(Torrent& torrent, const manifest::Manifest& facts, client::TorrentSpec& spec) {
    TorrentRecord& record = torrent.record;
    std::error_code error;
    if (!record.moving_to.empty()) places_.find_moved(torrent, spec);
    if (record.staged)
        places_.find_delivered(torrent, facts, spec);
    else
        places_.find_placed(torrent, facts);
    // Nothing may be downloaded under the final name, also where the content is lost.
    if (!record.staged && !client::is_there(torrent.place())) {
        record.staged = true;
        record.foreign = false;
        record.placed.clear();
        spec.have.clear();
        record.have.clear();
        store_.save(record);
    }
    const bool begun = std::find(spec.have.begin(), spec.have.end(), true) != spec.have.end();
    const bool complete = begun && std::find(spec.have.begin(), spec.have.end(), false) == spec.have.end();
    // What is in its place already is not written to. Files that were chosen later come beside it.
    const std::vector<bool> whole = client::whole_files(facts, spec.have);
    if (begun && !record.staged && !record.foreign && record.placed.empty() && !record.file_choices.empty() &&
        record.done_at != 0)
        note_placed(torrent, facts, whole);
    // What was lost comes again, beside the rest.
    if (!record.placed.empty() && !record.foreign)
        note_placed(torrent, facts, std::vector<bool>(torrent.files, true));
    bool rest_is_whole = !record.placed.empty();
    for (std::size_t file = 0; file < whole.size(); ++file)
        if (torrent.wants(file) && torrent.placed(file) && !whole[file]) rest_is_whole = false;
    const bool more_chosen =
        begun && record.done_at != 0 && rest_is_whole && places_.other_owner(torrent) == nullptr;
    const bool there = fs::exists(torrent.content_path(), error);
    if (!complete && there && !record.staged && !more_chosen && !std::exchange(record.foreign, true))
        saver_.touch(torrent);
    const bool all_chosen = complete || (more_chosen && !torrent.awaits_files());
    if (all_chosen && !record.staged && !record.foreign) {
        const std::uint64_t mark = std::exchange(record.content_mark, 0);
        watch(torrent, facts);
        // Somebody was at it while nobody looked.
        if (mark != 0 && mark != record.content_mark) record.foreign = true;
    }
    // Content without bits to it: it was here before the torrent, or the bits were lost.
    const bool unknown = !begun && there;
    if (unknown && !record.staged && !std::exchange(record.foreign, true)) saver_.touch(torrent);
    spec.check = unknown || record.foreign;
    spec.hold = record.foreign;
    if (spec.check) torrent.activity.state = TorrentActivity::State::kCheckWaiting;
    if (!complete && !spec.hold) {
        if (const auto link = places_.find_link(torrent, facts)) throw client::link_error(*link);
    }
    if (record.staged || torrent.awaits_files())
        open_staging(torrent);
    else if (!record.foreign)
        remove_leftovers(torrent);
    if (!record.staged) spec.paths = places_.hidden_paths(torrent, facts);
    if (torrent.staging && !complete) client::require_letter_case(facts, torrent.staging->content(""));
}

void SwarmEngine::join_swarm(Torrent& torrent, const std::string& manifest_bytes) {
    TorrentRecord& record = torrent.record;
    if (record.displaced) {
        torrent.activity.paused = true;
        const auto facts = facts_of(store_, torrent);
        torrent.has_metadata = facts.has_value();
        throw Error(ExitCode::kFailed, torrent.place().string(), "belongs to another torrent now",
                    "remove one of them, or give one another folder");
    }
    torrent.activity = {};
    client::TorrentSpec spec;
    spec.label = record.name;
    spec.paused = !record.started;
    const client::Magnet magnet =
        record.magnet.empty() ? client::Magnet{} : client::parse_magnet(record.magnet);
    std::vector<std::string> hosts;
    for (const std::string& peer : magnet.peers) {
        if (const auto literal = Endpoint::parse(peer))
            spec.peers.push_back(*literal);
        else
            hosts.push_back(peer);
    }
    if (manifest_bytes.empty()) {
        if (record.magnet.empty())
            throw Error(ExitCode::kFailed, record.name, "its .torrent is missing from the state folder",
                        "add it again");
        spec.magnet = record.magnet;
        torrents_.name_hashes(torrent, {magnet.info_hash_v1, magnet.info_hash_v2});
    } else {
        const manifest::Manifest facts = manifest::parse_manifest(manifest_bytes, record.name);
        torrents_.name_hashes(torrent, {facts.info_hash_v1, facts.info_hash_v2});
        take_facts(torrent, facts);
        spec.manifest = client::asked_at_once(facts, manifest_bytes);
        // Bits of other content say nothing about this one.
        if (record.have.size() == facts.piece_count) spec.have = record.have;
        spec.swarm_state = record.swarm_state;
        // The swarm counts on from what its state says; what it reports beyond that belongs to this run.
        torrent.activity.downloaded = spec.swarm_state.empty() ? 0 : record.downloaded;
        torrent.activity.uploaded = spec.swarm_state.empty() ? 0 : record.uploaded;
        for (const std::int8_t choice : record.file_choices) spec.file_choices.push_back(choice);
        find_content(torrent, facts, spec);
        if (record.staged && !record.reuse.empty()) return begin_copy(torrent, facts);
    }
    spec.folder =
        record.staged && torrent.staging ? torrent.staging->session_folder() : fs::path(record.folder);
    torrents_.join(torrent, swarm_.add(spec));
    torrent.joining = torrent.has_metadata && !spec.check;
    torrent.verify_once_joined = torrent.rechecking = false;
    record.have = {};
    record.swarm_state = {};
    lookup_.start(record.number, std::move(hosts));
    torrent.activity_at = clock_();
    torrent.fed_at = ticks_;
    if (record.started) torrent.started_at = clock_();
    torrent.activity.paused = !record.started;
    if (!record.trackers.empty()) swarm_.set_trackers(torrent.swarm_id, record.trackers);
    limits_.apply_to(torrent, session_);
    if (record.started) web_seeds_.begin(torrent);
}

void SwarmEngine::leave_swarm(Torrent& torrent, bool delete_content) {
    if (torrent.swarm_id == 0) return;
    torrent.watch.reset();
    torrent.doubt.clear();
    swarm_.remove(torrent.swarm_id, delete_content);
    torrents_.leave(torrent);
    torrent.finishing = Torrent::Finishing::kNo;
    torrent.flushes = 0;
    torrent.placing = 0;
    torrent.choices_waiting = torrent.verifying_own = false;
    torrent.web_seeds.reset();
}

void SwarmEngine::forget(const Torrent& torrent) {
    const TorrentNumber number = torrent.number();
    saver_.forget(number);
    health_.forget(number);
    traffic_.forget(number);
    torrents_.erase(torrent);
}

void SwarmEngine::tick() {
    ++ticks_;
    swarm_.request_activity();
    limits_.apply(session_, options_.rate_rules);
    traffic_.sample();
    if (ticks_ % kGoalsEvery == 0) {
        for (auto& [number, torrent] : torrents_) {
            guarded(*torrent, [&one = *torrent, this] {
                check_goal(one);
                ask_for_peers(one);
                const bool settled = one.complete() && one.owns_place() && one.trouble != TroubleKind::kLocal;
                // Chosen, and there was nothing to download: no event tells of that.
                if (settled && one.staging && one.finishing == Torrent::Finishing::kNo && one.awaits_files())
                    flush(one);
            });
        }
    }
    if (ticks_ % options_.save_every == 0) saver_.save_all();
    // What did not fit into the last round.
    saver_.save_some();
    const bool retry = ticks_ % kStateRetry == 0;
    if (ticks_ % kSessionEvery == 0 || (retry && health_.session_behind())) save_session();
    if (retry && health_.torrents_behind()) saver_.save_all();
    for (const auto& [number, peers] : lookup_.take()) {
        Torrent* const torrent = torrents_.find(number);
        if (torrent == nullptr || torrent->swarm_id == 0) continue;
        guarded(*torrent, [&, &peers = peers] { swarm_.dial(torrent->swarm_id, peers); });
    }
    web_seeds_.tick();
    for (const client::CopyJobs::Result& result : copies_.take()) copied(result);
    rounds_.tick();
    removals_.tick(clock_());
}

void SwarmEngine::ask_for_peers(Torrent& torrent) {
    if (!torrent.wants_peers()) torrent.fed_at = ticks_;
    // Ticks and not the clock, which may be set.
    const std::chrono::seconds without_progress(ticks_ - torrent.fed_at);
    if (torrent.reannounce.should_announce(without_progress)) swarm_.reannounce(torrent.swarm_id);
}

}  // namespace shoal::daemon
