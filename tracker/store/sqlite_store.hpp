#pragma once

#include <filesystem>
#include <memory>

#include "tracker/store/store.hpp"

namespace shoal::tracker {

/// The swarms and the channels in one SQLite file. Used from one thread at a time.
class SqliteStore final : public Store {
  public:
    /// Opens or creates the file and brings its layout up to date. Throws Error (kFileSystem) where it cannot
    /// be opened, is no database, is damaged or another program's, comes from a newer version, or is in use
    /// by another tracker. Such a file stays as it is.
    explicit SqliteStore(const std::filesystem::path& file);
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;
    ~SqliteStore() override;

    /// Peers only where the tracker was alive less than `max_age` before `now`; else they are deleted.
    /// Throws Error (kFileSystem) where the file cannot be read.
    void load(UnixSeconds now, UnixSeconds max_age, const std::function<void(const SwarmRecord&)>& swarm,
              const std::function<void(const PeerRecord&)>& peer) override;
    /// The channels; as load().
    void load_channels(const std::function<void(const ChannelRecord&)>& channel);
    /// False while the file that was opened, or what SQLite keeps beside it, is no longer where it was:
    /// others have deleted or replaced it.
    [[nodiscard]] bool in_place() const override;
    /// One transaction. Where the file was deleted, a new one with all that it held is made first, and locked
    /// like the old one. A file that others have put in its place is not touched: that is a StoreFailure,
    /// until it is gone.
    void apply(const Changes& changes, UnixSeconds now) override;
    /// What was applied then also outlives a power failure.
    void sync() override;

  private:
    void write_channels(const Changes& changes);
    void read(UnixSeconds now, UnixSeconds max_age, const std::function<void(const SwarmRecord&)>& swarm,
              const std::function<void(const PeerRecord&)>& peer);
    void remove(const Changes& changes);
    void write_swarms(const Changes& changes);
    void write_peers(const Changes& changes);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::tracker
