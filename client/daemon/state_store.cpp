#include "client/daemon/state_store.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <exception>

#include "common/error.hpp"
#include "common/file_io.hpp"
#include "common/log.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 256u << 20;

/// "17.json" -> 17
std::optional<TorrentNumber> number_of(const fs::path& path) {
    if (path.extension() != ".json") return std::nullopt;
    const std::string stem = path.stem().string();
    TorrentNumber number = 0;
    const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    if (error != std::errc{} || end != stem.data() + stem.size()) return std::nullopt;
    if (number <= 0 || number > kMaxTorrentNumber) return std::nullopt;
    return number;
}

void set_aside(const fs::path& path, const std::string& why) {
    std::error_code error;
    fs::rename(path, path.string() + ".damaged", error);
    // On a disk that takes no change it stays, and is ignored.
    log::error("state file set aside", {{"file", path.string()},
                                        {"why", why},
                                        {"now", error ? error.message() : path.string() + ".damaged"}});
}

bool is_missing(const fs::path& path) {
    std::error_code error;
    return fs::symlink_status(path, error).type() == fs::file_type::not_found;
}

/// What `read` makes of the file; nothing where there is none, or where that fails and the file is set aside.
template <typename Read>
auto read_or_set_aside(const fs::path& path, const Read& read)
    -> std::optional<decltype(read(std::string()))> {
    if (is_missing(path)) return std::nullopt;
    try {
        if (!fs::is_regular_file(path)) throw Error(ExitCode::kFileSystem, path.string(), "is no file");
        return read(read_file(path, kMaxFileBytes));
    } catch (const std::exception& failure) {
        set_aside(path, failure.what());
        return std::nullopt;
    }
}

}  // namespace

StateStore::StateStore(fs::path folder, std::chrono::milliseconds patience) : folder_(std::move(folder)) {
    std::error_code error;
    fs::create_directories(folder_ / "torrents", error);
    if (error) throw file_error(folder_.string(), error.value());
    // Trackers' keys are in here.
    ::chmod(folder_.c_str(), S_IRWXU | S_IRGRP | S_IXGRP);
    const std::string name = (folder_ / "lock").string();
    lock_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) throw file_error(name, errno);
    constexpr std::chrono::milliseconds kPause{50};
    bool locked = ::flock(lock_, LOCK_EX | LOCK_NB) == 0;
    for (; !locked && patience.count() > 0; patience -= kPause) {
        ::poll(nullptr, 0, static_cast<int>(kPause.count()));
        locked = ::flock(lock_, LOCK_EX | LOCK_NB) == 0;
    }
    if (!locked) {
        ::close(lock_);
        throw Error(ExitCode::kFailed, folder_.string(), "another daemon uses this state folder",
                    "stop it, or choose another --state-dir");
    }
}

StateStore::~StateStore() {
    ::close(lock_);
}

std::vector<TorrentNumber> StateStore::torrents() const {
    std::vector<TorrentNumber> numbers;
    std::error_code error;
    for (fs::directory_iterator entry(folder_ / "torrents", error), end; !error && entry != end;
         entry.increment(error)) {
        if (const auto number = number_of(entry->path())) numbers.push_back(*number);
    }
    if (error) throw file_error((folder_ / "torrents").string(), error.value());
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

void StateStore::remove_orphans() {
    std::vector<fs::path> orphans;
    std::error_code error;
    for (fs::directory_iterator entry(folder_ / "torrents", error), end; !error && entry != end;
         entry.increment(error)) {
        fs::path record = entry->path();
        if (record.extension() != ".torrent") continue;
        record.replace_extension(".json");
        if (number_of(record) && is_missing(record) && is_missing(record.string() + ".damaged"))
            orphans.push_back(entry->path());
    }
    for (const fs::path& orphan : orphans) {
        if (fs::remove(orphan, error))
            log::info("manifest without a torrent removed", {{"file", orphan.string()}});
    }
}

std::optional<TorrentRecord> StateStore::load(TorrentNumber torrent) {
    auto record = read_or_set_aside(record_path(torrent), read_record);
    if (record) record->number = torrent;
    return record;
}

SessionRecord StateStore::load_session() {
    return read_or_set_aside(folder_ / "session.json", read_session_record).value_or(SessionRecord{});
}

void StateStore::save(const TorrentRecord& record) {
    write_file_atomically(record_path(record.number), write_record(record), Overwrite::kYes);
}

void StateStore::save(const SessionRecord& record) {
    write_file_atomically(folder_ / "session.json", write_record(record), Overwrite::kYes);
}

void StateStore::save_manifest(TorrentNumber torrent, const std::string& bytes) {
    write_file_atomically(manifest_path(torrent), bytes, Overwrite::kYes);
}

std::optional<std::string> StateStore::manifest(TorrentNumber torrent) const {
    const fs::path path = manifest_path(torrent);
    if (is_missing(path)) return std::nullopt;
    return read_file(path, kMaxFileBytes);
}

void StateStore::remove(TorrentNumber torrent) {
    // The record first: a manifest without a record is nothing, a record without its manifest a fault.
    for (const fs::path& path : {record_path(torrent), manifest_path(torrent)}) {
        std::error_code error;
        fs::remove(path, error);
        if (error) throw file_error(path.string(), error.value());
    }
    sync_folder(folder_ / "torrents");
}

void StateStore::set_manifest_aside(TorrentNumber torrent, const std::string& why) {
    set_aside(manifest_path(torrent), why);
}

fs::path StateStore::record_path(TorrentNumber torrent) const {
    return folder_ / "torrents" / (std::to_string(torrent) + ".json");
}

fs::path StateStore::manifest_path(TorrentNumber torrent) const {
    return folder_ / "torrents" / (std::to_string(torrent) + ".torrent");
}

}  // namespace shoal::daemon
