#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>

#include "tracker/model/change_source.hpp"

namespace shoal::tracker {

/// The swarms in one SQLite file. Used from one thread at a time.
class Store {
  public:
    /// Opens or creates the file and brings its layout up to date. Throws Error (kFileSystem) where it cannot
    /// be opened, is no database, is damaged or another program's, comes from a newer version, or is in use
    /// by another tracker. Such a file stays as it is.
    explicit Store(const std::filesystem::path& file);
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    ~Store();

    /// All records: the swarms first. Peers only where the tracker was alive less than `max_age` before
    /// `now`. Throws Error (kFileSystem) where they cannot be read.
    void load(UnixSeconds now, UnixSeconds max_age, const std::function<void(const SwarmRecord&)>& swarm,
              const std::function<void(const PeerRecord&)>& peer);

    /// False while the file that was opened, or what SQLite keeps beside it, is no longer where it was:
    /// others have deleted or replaced it.
    [[nodiscard]] bool in_place() const;

    /// One transaction. Throws StoreFailure; the file is then as before.
    /// Where the file was deleted, a new one with all that it held is made first, and locked like the old
    /// one. A file that others have put in its place is not touched: that is a StoreFailure, until it is
    /// gone.
    void apply(const Changes& changes, UnixSeconds now);
    /// What was applied then also outlives a power failure. Throws StoreFailure.
    void sync();

  private:
    void read(UnixSeconds now, UnixSeconds max_age, const std::function<void(const SwarmRecord&)>& swarm,
              const std::function<void(const PeerRecord&)>& peer);
    void remove(const Changes& changes);
    void write_swarms(const Changes& changes);
    void write_peers(const Changes& changes);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The disk is full, the file is locked by another program, ...: what may be gone at the next try.
class StoreFailure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace shoal::tracker
