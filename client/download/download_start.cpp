#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "client/content/existing_content.hpp"
#include "client/content/letter_case.hpp"
#include "client/content/resume_record.hpp"
#include "client/content/reuse.hpp"
#include "client/download/download.hpp"
#include "client/source/magnet.hpp"
#include "client/source/resolve.hpp"
#include "client/swarm/swarm.hpp"
#include "client/webseed/web_seeds.hpp"
#include "common/units.hpp"

namespace shoal::client {

namespace {

const std::string& hash_of(const manifest::Manifest& manifest) {
    return manifest.info_hash_v1.empty() ? manifest.info_hash_v2 : manifest.info_hash_v1;
}

bool names(const Magnet& magnet, const manifest::Manifest& manifest) {
    const auto same = [](const std::string& of_link, const std::string& of_manifest) {
        return of_link.empty() || of_link == of_manifest;
    };
    return same(magnet.info_hash_v1, manifest.info_hash_v1) &&
           same(magnet.info_hash_v2, manifest.info_hash_v2);
}

/// Do the files still look as they did when the record was made? Then nobody wrote to them since.
bool untouched(const ResumeRecord& record, const manifest::Manifest& manifest,
               const std::filesystem::path& content) {
    if (record.stamps.empty() || record.stamps.size() != manifest.files.size()) return false;
    for (std::size_t i = 0; i < manifest.files.size(); ++i) {
        if (stamp_of(file_path(manifest, manifest.files[i], content)) != record.stamps[i]) return false;
    }
    return true;
}

bool is_folder(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::symlink_status(path, ignored).type() == std::filesystem::file_type::directory;
}

}  // namespace

void Download::start(TimePoint now) {
    started_ = last_report_ = last_progress_ = last_save_ = now;
    guarded(now, [&] {
        if (source_.magnet.empty()) {
            start_content(std::move(source_.manifest), now);
        } else {
            start_magnet();
        }
    });
}

void Download::start_magnet() {
    const Magnet magnet = parse_magnet(source_.magnet);
    places_ = magnet.files;
    for (const std::string& peer : magnet.peers) {
        try {
            const auto found = resolve(peer);
            options_.peers.insert(options_.peers.end(), found.begin(), found.end());
        } catch (const Error& unknown) {
            listener_.on_warning(unknown.what());  // others may be found
        }
    }
    staging_.emplace(options_.target, magnet.info_hash());
    if (const auto saved = staging_->load_manifest()) {
        // An earlier run got the metadata: its hash was checked then, and is again.
        try {
            if (names(magnet, manifest::parse_manifest(*saved, source_.label))) {
                options_.trackers.insert(options_.trackers.end(), magnet.trackers.begin(),
                                         magnet.trackers.end());
                start_content(*saved, started_);
                return;
            }
        } catch (const Error& damaged) {
            if (damaged.code() != ExitCode::kBadTorrent) throw;
        }
    }
    staging_->open();
    TorrentSpec spec;
    spec.label = source_.label;
    spec.magnet = source_.magnet;
    spec.folder = staging_->session_folder();
    spec.trackers = options_.trackers;
    spec.peers = options_.peers;
    torrent_ = swarm_.add(spec);
    phase_ = Phase::kMetadata;
}

void Download::accept_metadata(const MetadataReceived& metadata, TimePoint now) {
    manifest::parse_info(metadata.info, source_.label);  // throws on anything unsafe
    start_content(metadata.manifest, now);
}

void Download::start_content(std::string manifest_bytes, TimePoint now) {
    manifest_ = manifest::parse_manifest(manifest_bytes, source_.label);
    manifest_bytes_ = std::move(manifest_bytes);
    if (const std::string remark = manifest::remark_on(manifest_); !remark.empty())
        listener_.on_warning(remark);
    has_trackers_ = !manifest_.trackers.empty() || !options_.trackers.empty();
    if (!staging_) staging_.emplace(options_.target, hash_of(manifest_));
    selection_ =
        options_.files.empty() ? select_places(manifest_, places_) : select_files(manifest_, options_.files);
    asked_bytes_ = selection_.bytes;
    listener_.on_metadata(
        {manifest_.name, hash_of(manifest_), selection_.bytes, selection_.pieces, selection_.files});
    const bool was_delivered = staging_->finish_delivery(manifest_.name) == StagingFolder::Delivery::kOver;
    if (is_there(destination()) && use_what_is_at_target(now)) {
        // The hidden folder is of that delivery alone, which was killed.
        if (was_delivered && staging_) staging_->remove_leftovers();
        return;
    }

    staging_->open();
    staging_->save_manifest(manifest_bytes_);
    require_letter_case(manifest_, options_.target);
    std::string swarm_state;
    require_space();
    std::vector<bool> have = resumable_pieces(swarm_state);
    add_to_swarm(std::move(have), std::move(swarm_state));
    web_seeds_.begin(manifest_.web_seeds, manifest_.single_file, manifest_bytes_, now);
    phase_ = Phase::kDownloading;
    last_progress_ = now;
}

bool Download::use_what_is_at_target(TimePoint now) {
    if (!selection_.all && is_folder(destination())) return use_files_at_target();
    const auto progress = [this](const manifest::CreateProgress& p) {
        return listener_.on_checking(p.bytes_done, p.bytes_total);
    };
    const std::string differs = difference(manifest_bytes_, manifest_, destination(), progress);
    if (!differs.empty()) {
        refuse_other_content(differs);
        return false;
    }
    if (torrent_) swarm_.remove(*std::exchange(torrent_, std::nullopt));
    // All of it is in its place. What an earlier run left was killed after the exchange, and is what was
    // replaced.
    staging_->remove_leftovers();
    listener_.on_done({destination(), manifest_.total_size, std::chrono::milliseconds(0), 0, true});
    if (!options_.goals.any() || options_.goals.seed_for == std::chrono::milliseconds(0)) {
        phase_ = Phase::kOver;
        return true;
    }
    TorrentSpec spec;
    spec.manifest = manifest_bytes_;
    spec.folder = std::filesystem::absolute(options_.target);
    spec.have.assign(manifest_.piece_count, true);
    spec.trackers = options_.trackers;
    spec.peers = options_.peers;
    torrent_ = swarm_.add(spec);
    staging_.reset();
    phase_ = Phase::kDone;
    done_ = now;
    watch_content();
    return true;
}

/// Files of an earlier download into the same folder: what is there and right need not come again.
bool Download::use_files_at_target() {
    std::vector<bool> held = selection_.wanted;
    for (std::size_t i = 0; i < held.size(); ++i)
        held[i] = held[i] && is_there(file_path(manifest_, manifest_.files[i], destination()));
    const FileSelection there = selection_of(manifest_, held);
    if (there.files == 0) return false;
    const std::string differs = difference(manifest_bytes_, there.restrict(manifest_), destination(),
                                           [this](const manifest::CreateProgress& p) {
                                               return listener_.on_checking(p.bytes_done, p.bytes_total);
                                           });
    if (!differs.empty()) {
        refuse_other_content(differs);
        return false;
    }
    if (there.files < selection_.files) {
        for (std::size_t i = 0; i < held.size(); ++i) held[i] = selection_.wanted[i] && !held[i];
        selection_ = selection_of(manifest_, std::move(held));
        return false;
    }
    if (torrent_) swarm_.remove(*std::exchange(torrent_, std::nullopt));
    staging_->remove_if_unused();
    listener_.on_done({destination(), asked_bytes_, std::chrono::milliseconds(0), 0, true});
    phase_ = Phase::kOver;
    return true;
}

void Download::refuse_other_content(const std::string& differs) const {
    if (options_.force) return;
    throw Error(ExitCode::kMismatch, destination().string(),
                fmt::format("is there already, with other content ({})", differs),
                "--force replaces it, -o chooses another folder");
}

/// Of an earlier run that wanted more: they would be delivered unfinished.
void Download::drop_unwanted_files() const {
    for (std::size_t i = 0; i < manifest_.files.size(); ++i) {
        if (selection_.wanted[i] || manifest_.files[i].pad) continue;
        std::error_code ignored;
        std::filesystem::remove(file_path(manifest_, manifest_.files[i], staging_->content(manifest_.name)),
                                ignored);
    }
}

std::vector<bool> Download::resumable_pieces(std::string& swarm_state) {
    if (!selection_.all) drop_unwanted_files();
    const manifest::Manifest chosen = selection_.restrict(manifest_);
    const std::filesystem::path content = staging_->content(manifest_.name);
    if (!options_.reuse.empty() && !is_there(content)) {
        reuse_content(chosen, options_.reuse, content, [this](const manifest::CreateProgress& p) {
            return listener_.on_checking(p.bytes_done, p.bytes_total);
        });
    }
    if (!is_there(content)) return std::vector<bool>(manifest_.piece_count, false);
    std::vector<bool> have;
    const auto saved = staging_->load_resume();
    const auto record = saved ? decode_resume_record(*saved) : std::nullopt;
    const bool same_files = record && record->file_choices == selection_.choices;
    if (same_files && record->have.size() == manifest_.piece_count &&
        untouched(*record, manifest_, content)) {
        have = record->have;
        swarm_state = record->swarm_state;
    } else {
        // Killed, or somebody touched the files: only their content can be believed.
        have = good_pieces(manifest_bytes_, manifest_, content, [this](const manifest::CreateProgress& p) {
            return listener_.on_checking(p.bytes_done, p.bytes_total);
        });
    }
    saved_pieces_ = static_cast<std::uint32_t>(std::count(have.begin(), have.end(), true));
    listener_.on_resumed(saved_pieces_, selection_.pieces);
    return have;
}

void Download::require_space() const {
    struct statvfs info {};
    if (::statvfs(options_.target.c_str(), &info) != 0) throw file_error(options_.target.string(), errno);
    const std::uint64_t free = std::uint64_t{info.f_bavail} * info.f_frsize;
    const std::uint64_t needed =
        missing_space(selection_.restrict(manifest_), staging_->content(manifest_.name));
    if (needed <= free) return;
    throw Error(ExitCode::kFileSystem, std::filesystem::absolute(options_.target).lexically_normal().string(),
                fmt::format("No space left on device: {} needs {} more, {} are free", manifest_.name,
                            format_size(needed), format_size(free)),
                "free some space, or choose another folder with -o");
}

void Download::add_to_swarm(std::vector<bool> have, std::string swarm_state) {
    if (torrent_) {
        if (!manifest_.single_file) swarm_.remove_web_seeds(*torrent_);
        if (!selection_.all) swarm_.choose_files(*torrent_, selection_.choices);
        swarm_.approve(*torrent_);
        return;
    }
    TorrentSpec spec;
    spec.label = source_.label;
    spec.manifest = asked_at_once(manifest_, manifest_bytes_);
    spec.folder = staging_->session_folder();
    spec.have = std::move(have);
    spec.swarm_state = std::move(swarm_state);
    spec.file_choices = selection_.choices;
    spec.trackers = options_.trackers;
    spec.peers = options_.peers;
    torrent_ = swarm_.add(spec);
}

std::filesystem::path Download::destination() const {
    return std::filesystem::absolute(options_.target).lexically_normal() / manifest_.name;
}

}  // namespace shoal::client
