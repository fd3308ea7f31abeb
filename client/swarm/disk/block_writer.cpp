#include "client/swarm/disk/block_writer.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstring>
#include <utility>

namespace shoal::client::disk {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kGatherBytes = 1 << 20;
constexpr auto kGatherTime = 20ms;

/// On the writing thread.
void write_out(std::vector<Write>& writes, metrics::Histogram& times) {
    std::stable_sort(writes.begin(), writes.end(), [](const Write& a, const Write& b) {
        return std::pair(a.slot.get(), a.offset) < std::pair(b.slot.get(), b.offset);
    });
    std::vector<iovec> parts;
    for (auto first = writes.begin(); first != writes.end();) {
        parts.clear();
        std::int64_t end = first->offset;
        auto last = first;
        for (; last != writes.end() && last->slot == first->slot && last->offset == end; ++last) {
            parts.push_back({last->block, static_cast<std::size_t>(last->bytes)});
            end += last->bytes;
        }
        lt::storage_error error;
        const auto start = std::chrono::steady_clock::now();
        first->slot->storage->write(first->offset, parts, end - first->offset, error);
        times.count(std::chrono::steady_clock::now() - start);
        for (; first != last; ++first) first->error = error;
    }
}

}  // namespace

BlockWriter::BlockWriter(lt::io_context& network, BlockPool& pool, metrics::Histogram& times, Written written)
    : network_(network), pool_(pool), times_(times), written_(std::move(written)), timer_(network) {}

char* BlockWriter::take(const char* data, int bytes) {
    char* const block = pool_.allocate();
    std::memcpy(block, data, static_cast<std::size_t>(bytes));
    waiting_bytes_ += bytes;
    return block;
}

void BlockWriter::add(Write write) {
    gathered_bytes_ += write.bytes;
    gathered_.push_back(std::move(write));
    if (gathered_bytes_ >= kGatherBytes) return write_gathered();
    if (timer_runs_) return;
    timer_runs_ = true;
    timer_.expires_after(kGatherTime);
    timer_.async_wait([this](const boost::system::error_code&) {
        timer_runs_ = false;
        write_gathered();
    });
}

void BlockWriter::write_gathered() {
    if (gathered_.empty()) return;
    gathered_bytes_ = 0;
    // The guard keeps the network thread's loop alive until it has heard of the end.
    thread_.add([this, writes = std::make_shared<std::vector<Write>>(std::exchange(gathered_, {})),
                 guard = boost::asio::make_work_guard(network_)]() mutable {
        write_out(*writes, times_);
        // None is kept here: their handlers hold peers, which only the network thread may let go of.
        boost::asio::post(network_, [this, writes = std::move(writes)] { written_(*writes); });
    });
}

void BlockWriter::release(const std::vector<Write>& writes) {
    for (const Write& write : writes) {
        pool_.free_disk_buffer(write.block);
        waiting_bytes_ -= write.bytes;
    }
    if (waiting_bytes_ > limit_ / 2) return;
    for (const auto& observer : std::exchange(held_back_, {})) {
        if (const auto alive = observer.lock()) alive->on_disk();
    }
}

}  // namespace shoal::client::disk
