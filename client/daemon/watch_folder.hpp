#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace shoal::daemon {

/// What became of one file of the watch folder.
struct WatchResult {
    std::string name;
    std::string refused;    ///< why; empty where it was taken
    std::string not_moved;  ///< why it still lies where it was; then it is not looked at until it changes
};

/// A folder into which others put .torrent files (and .magnet files that hold one link). What was taken moves
/// to `added/`, what was refused to `refused/` with the reason beside it in NAME.reason.txt. Other files,
/// links and folders are left alone, but for the .reuse
/// of what is taken. Not thread-safe.
class WatchFolder {
  public:
    using SystemTime = std::filesystem::file_time_type;
    /// @param content  of the file; throws Error to refuse it
    using Take = std::function<void(const std::string& name, const std::string& content)>;

    /// Creates the folder where it is missing. Throws Error (kFileSystem).
    explicit WatchFolder(std::filesystem::path folder);
    WatchFolder(const WatchFolder&) = delete;
    WatchFolder& operator=(const WatchFolder&) = delete;
    ~WatchFolder();

    /// Readable when a file was closed or moved in; -1 where the system has no notice to give.
    [[nodiscard]] int file_descriptor() const { return inotify_; }
    /// Takes files that notices named, a few at a time.
    std::vector<WatchResult> take_noticed(const Take& take);
    /// Whether `take_noticed` has more to do, at once.
    [[nodiscard]] bool more() const { return !pending_.empty(); }
    /// The same with every file that nobody has written to for a while: for the start, for network file
    /// systems (that bring no notices), and for lost ones.
    std::vector<WatchResult> take_settled(SystemTime now, const Take& take);
    /// The path in NAME.reuse beside NAME.torrent or NAME.magnet; empty: there is none. It is put away with
    /// that. Throws Error where it is not an absolute path.
    [[nodiscard]] std::string older_version(const std::string& name) const;

  private:
    std::vector<WatchResult> take_pending(const Take& take);
    WatchResult take_one(const std::string& name, const Take& take);
    [[nodiscard]] bool candidate(const std::string& name) const;
    void put_away(const std::string& name, const std::string& folder);

    std::filesystem::path folder_;
    int inotify_ = -1;
    std::set<std::string> pending_;
    /// Could not be moved away, and when they were last changed.
    std::map<std::string, SystemTime> stuck_;
};

}  // namespace shoal::daemon
