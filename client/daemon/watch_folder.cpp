#include "client/daemon/watch_folder.hpp"

#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstring>
#include <exception>

#include "common/error.hpp"
#include "common/file_io.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 256u << 20;  // as large as a manifest may be
constexpr std::chrono::seconds kSettled{2};
constexpr std::size_t kAtOnce = 8;  // whoever waits for the caller's thread gets a turn in between

/// "model.torrent" -> "model.reuse"
std::string reuse_name(const std::string& name) {
    return fs::path(name).stem().string() + ".reuse";
}

}  // namespace

WatchFolder::WatchFolder(fs::path folder) : folder_(std::move(folder)) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) throw file_error(folder_.string(), error.value());
    inotify_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (inotify_ < 0) return;
    if (::inotify_add_watch(inotify_, folder_.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
        const int number = errno;
        ::close(inotify_);
        inotify_ = -1;
        // Out of watches is no reason to fail: the scans find the files later.
        if (number != ENOSPC && number != ENOMEM) throw file_error(folder_.string(), number);
    }
}

WatchFolder::~WatchFolder() {
    if (inotify_ >= 0) ::close(inotify_);
}

bool WatchFolder::candidate(const std::string& name) const {
    if (name.empty() || name.front() == '.') return false;
    if (!name.ends_with(".torrent") && !name.ends_with(".magnet")) return false;
    std::error_code error;
    // Not through a link: whoever may write here must not make us read what only we may read.
    if (fs::symlink_status(folder_ / name, error).type() != fs::file_type::regular) return false;
    const auto stuck = stuck_.find(name);
    return stuck == stuck_.end() || stuck->second != fs::last_write_time(folder_ / name, error);
}

std::vector<WatchResult> WatchFolder::take_noticed(const Take& take) {
    alignas(inotify_event) std::array<char, 16 * (sizeof(inotify_event) + NAME_MAX + 1)> buffer{};
    while (inotify_ >= 0) {
        const ssize_t size = ::read(inotify_, buffer.data(), buffer.size());
        if (size <= 0) break;
        for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            if (event.len > 0) pending_.emplace(buffer.data() + at + sizeof event);
            at += sizeof event + event.len;
        }
    }
    return take_pending(take);
}

std::vector<WatchResult> WatchFolder::take_pending(const Take& take) {
    std::vector<WatchResult> results;
    while (!pending_.empty() && results.size() < kAtOnce) {
        const std::string name = *pending_.begin();
        pending_.erase(pending_.begin());
        if (candidate(name)) results.push_back(take_one(name, take));
    }
    return results;
}

std::vector<WatchResult> WatchFolder::take_settled(SystemTime now, const Take& take) {
    std::error_code error;
    for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        std::error_code gone;
        if (candidate(name) && fs::last_write_time(entry->path(), gone) + kSettled <= now && !gone)
            pending_.insert(name);
    }
    if (error) throw file_error(folder_.string(), error.value());
    return take_pending(take);
}

WatchResult WatchFolder::take_one(const std::string& name, const Take& take) {
    WatchResult result{name, {}, {}};
    try {
        take(name, read_file(folder_ / name, kMaxFileBytes));
    } catch (const std::exception& error) {
        result.refused = error.what();
    }
    try {
        const char* const where = result.refused.empty() ? "added" : "refused";
        const std::string reuse = reuse_name(name);
        std::error_code ignored;
        if (fs::symlink_status(folder_ / reuse, ignored).type() == fs::file_type::regular)
            put_away(reuse, where);
        put_away(name, where);
        if (!result.refused.empty()) {
            write_file_atomically(folder_ / "refused" / (name + ".reason.txt"), result.refused + "\n",
                                  Overwrite::kYes);
        }
    } catch (const Error& error) {
        result.not_moved = error.what();
        std::error_code ignored;
        stuck_[name] = fs::last_write_time(folder_ / name, ignored);
    }
    return result;
}

std::string WatchFolder::older_version(const std::string& name) const {
    const fs::path path = reuse_name(name);
    std::error_code error;
    if (fs::symlink_status(folder_ / path, error).type() != fs::file_type::regular) return {};
    std::string older = read_file(folder_ / path, PATH_MAX);
    older.erase(older.find_last_not_of(" \t\r\n") + 1);
    if (!fs::path(older).is_absolute())
        throw Error(ExitCode::kUsage, path.string(), "does not hold an absolute path");
    return older;
}

void WatchFolder::put_away(const std::string& name, const std::string& folder) {
    const fs::path target = folder_ / folder;
    std::error_code error;
    fs::create_directories(target, error);
    if (!error) fs::rename(folder_ / name, target / name, error);
    if (error) throw file_error((target / name).string(), error.value());
}

}  // namespace shoal::daemon
