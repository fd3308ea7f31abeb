#include "client/daemon/state_store.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "common/error.hpp"
#include "common/file_io.hpp"

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
    if (error != std::errc{} || end != stem.data() + stem.size() || number <= 0) return std::nullopt;
    return number;
}

void set_aside(const fs::path& path) {
    std::error_code error;
    fs::rename(path, path.string() + ".damaged", error);
    if (error) throw file_error(path.string(), error.value());
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

std::optional<TorrentRecord> StateStore::load(TorrentNumber torrent) {
    const fs::path path = record_path(torrent);
    try {
        TorrentRecord record = read_record(read_file(path, kMaxFileBytes));
        record.number = torrent;
        return record;
    } catch (const Error& failure) {
        // A file that cannot be read now may be readable later; only a damaged one is in the way.
        if (failure.code() == ExitCode::kFileSystem) throw;
        set_aside(path);
        return std::nullopt;
    }
}

SessionRecord StateStore::load_session() {
    const fs::path path = folder_ / "session.json";
    if (!fs::exists(path)) return {};
    try {
        return read_session_record(read_file(path, kMaxFileBytes));
    } catch (const Error& failure) {
        if (failure.code() == ExitCode::kFileSystem) throw;
        set_aside(path);
        return {};
    }
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
    if (!fs::exists(path)) return std::nullopt;
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

fs::path StateStore::record_path(TorrentNumber torrent) const {
    return folder_ / "torrents" / (std::to_string(torrent) + ".json");
}

fs::path StateStore::manifest_path(TorrentNumber torrent) const {
    return folder_ / "torrents" / (std::to_string(torrent) + ".torrent");
}

}  // namespace shoal::daemon
