#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tracker/model/change_source.hpp"

namespace shoal::tracker {

class Store;

struct JournalState {
    bool healthy = true;
    std::string error;       ///< why it is not
    bool file_lost = false;  ///< the store's file was deleted or replaced since the start
    std::uint64_t transactions = 0;
    std::uint64_t records = 0;
    std::uint64_t failures = 0;
    UnixSeconds written_at = 0;  ///< when the store last had everything
};

/// Writes a source's changes behind: a thread that takes them a few times a second and applies them in one
/// transaction. While the store fails, changes wait in memory and the same batch is tried again.
class Journal {
  public:
    /// @param name  what the log calls the store
    Journal(ChangeSource& source, Store& store, std::function<UnixSeconds()> now,
            std::chrono::milliseconds period = std::chrono::milliseconds(250),
            std::string name = "the database");
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    ~Journal();  ///< stops

    void start();
    /// Writes what has changed up to this call, and waits until it is on the disk. False where that failed,
    /// or while the journal does not run. From any thread.
    [[nodiscard]] bool flush();
    /// Writes what is left, once, and ends the thread. False where that failed.
    bool stop();
    [[nodiscard]] JournalState state() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::tracker
