#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <libtorrent/disk_observer.hpp>
#include <libtorrent/error_code.hpp>
#include <libtorrent/io_context.hpp>
#include <libtorrent/units.hpp>
#include <memory>
#include <vector>

#include "client/swarm/disk/block_pool.hpp"
#include "client/swarm/disk/job_threads.hpp"
#include "client/swarm/disk/slot.hpp"
#include "common/metrics/histogram.hpp"

namespace shoal::client::disk {

/// A received block on its way to its file.
struct Write {
    SlotPointer slot;
    lt::piece_index_t piece{0};
    std::int64_t offset = 0;  ///< in the torrent
    char* block = nullptr;    ///< of the pool
    int bytes = 0;
    std::function<void(const lt::storage_error&)> handler;
    lt::storage_error error;
};

/// Gathers received blocks and writes them many at a time: neighbours with one call. Belongs to the network
/// thread.
class BlockWriter {
  public:
    using Written = std::function<void(std::vector<Write>&)>;

    /// @param times    counts each call that writes; must outlive the writer
    /// @param written  is called on the network thread when blocks are in their files, or failed
    BlockWriter(lt::io_context& network, BlockPool& pool, metrics::Histogram& times, Written written);
    BlockWriter(const BlockWriter&) = delete;
    BlockWriter& operator=(const BlockWriter&) = delete;

    /// The most bytes that wait before those who bring them are to be held back.
    void limit(std::int64_t bytes) { limit_ = bytes; }
    /// A copy of `data` in a block of the pool, which counts as waiting from now on.
    char* take(const char* data, int bytes);
    /// Hands a block over that take() made.
    void add(Write write);
    /// Does not wait for more blocks. Their piece is complete, or somebody waits for them.
    void write_gathered();
    [[nodiscard]] bool full() const { return waiting_bytes_ > limit_; }
    /// Is told when half of what may wait is free again.
    void hold_back(const std::shared_ptr<lt::disk_observer>& observer) { held_back_.push_back(observer); }
    /// After `written` was told: gives the blocks back and lets those held back go on.
    void release(const std::vector<Write>& writes);

  private:
    lt::io_context& network_;
    BlockPool& pool_;
    metrics::Histogram& times_;
    const Written written_;
    std::vector<Write> gathered_;
    std::int64_t gathered_bytes_ = 0;
    std::int64_t waiting_bytes_ = 0;
    std::int64_t limit_ = 0;
    bool timer_runs_ = false;
    boost::asio::steady_timer timer_;
    std::vector<std::weak_ptr<lt::disk_observer>> held_back_;
    JobThreads thread_{1};  // one, so that a block written twice ends up as its newer self
};

}  // namespace shoal::client::disk
