#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "channel/publication.hpp"
#include "channel/ratchet.hpp"
#include "channel/root.hpp"
#include "tracker/model/change_source.hpp"

namespace shoal::tracker {

/// The largest manifest of a release: 4 TB in 5 MiB pieces.
inline constexpr std::size_t kMaxReleaseManifestBytes = std::size_t{16} << 20;

/// What became of a root or a publication that was sent.
struct ChannelAnswer {
    enum class Outcome {
        kTaken,
        kKnown,     ///< the same bytes are there already
        kUnknown,   ///< there is no such channel
        kBehind,    ///< another one was there first: who sent it has to look again
        kRefused,   ///< a publication's form, a signature, a key, an expiry, a manifest of another release
        kMalformed  ///< what should be a root is none
    };
    Outcome outcome = Outcome::kTaken;
    std::string why;  ///< for people; empty where it was taken or known
};

/// A channel as it is now. What it points at never changes.
struct ChannelView {
    std::string name;
    std::shared_ptr<const std::string> root;         ///< the `.channel` file
    std::shared_ptr<const std::string> publication;  ///< null: nothing was published
    std::shared_ptr<const std::string> head;         ///< the publication's
    std::shared_ptr<const std::string> manifest;     ///< the publication's .torrent
    std::int64_t root_version = 0;
    std::int64_t root_expires = 0;
    // Of the publication.
    std::int64_t sequence = 0;
    std::int64_t head_expires = 0;
    channel::Release release;
};

/// Channels by their names. It hands on what it was given and believes nobody: a root once it is there is
/// only replaced by its successor, a publication must be signed by the root's keys, and sequences only go up.
/// Thread-safe.
class ChannelTable final : public ChangeSource {
  public:
    /// @param most  channels
    explicit ChannelTable(std::size_t most = 1000) : most_(most) {}

    /// A new channel, of which the caller vouches for the root, or the next root of one that is there. A
    /// publication that the new root's keys have not signed is dropped.
    /// @param file  the content of a `.channel` file
    ChannelAnswer put_root(std::string_view file);
    /// The next release, or an older one again.
    ChannelAnswer publish(std::string_view name, std::string_view publication, channel::UnixSeconds now);
    /// False where there is none.
    bool remove(std::string_view name);

    [[nodiscard]] std::optional<ChannelView> find(std::string_view name) const;
    [[nodiscard]] std::vector<ChannelView> all() const;  ///< by name

    void take_changes(Changes& changes) override;
    /// Before any request. Throws Error for a record that is damaged.
    void restore(const ChannelRecord& record);

  private:
    struct Entry {
        ChannelView view;
        channel::SignedRoot root;
        std::string ratchet;  ///< its state
    };

    ChannelAnswer take_publication(Entry& entry, std::string_view bytes, channel::UnixSeconds now);

    mutable std::mutex mutex_;
    std::map<std::string, Entry, std::less<>> entries_;
    std::set<std::string, std::less<>> changed_;
    std::size_t most_;
};

}  // namespace shoal::tracker
