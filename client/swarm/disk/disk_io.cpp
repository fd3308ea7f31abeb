#include "client/swarm/disk/disk_io.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <libtorrent/peer_request.hpp>
#include <libtorrent/performance_counters.hpp>
#include <libtorrent/settings_pack.hpp>
#include <utility>
#include <vector>

#include "client/swarm/disk/block_pool.hpp"
#include "client/swarm/disk/block_writer.hpp"
#include "client/swarm/disk/check_line.hpp"
#include "client/swarm/disk/hash_queue.hpp"
#include "client/swarm/disk/job_threads.hpp"
#include "client/swarm/disk/slot.hpp"
#include "torrentgen/hashing/lane_kernel.hpp"

namespace shoal::client::disk {
namespace {

using lt::disk_job_flags_t;
using lt::piece_index_t;
using lt::storage_error;
using lt::storage_index_t;

/// So many keep all hashing threads busy: what each hashes side by side, and as much that waits for it.
std::size_t pieces_of_checks(const lt::settings_interface& settings) {
    return static_cast<std::size_t>(settings.get_int(lt::settings_pack::hashing_threads)) * 2 *
           hashing::kMaxLanes;
}

class DiskIo final : public lt::disk_interface {
  public:
    DiskIo(lt::io_context& network, const lt::settings_interface& settings, std::shared_ptr<DiskTimes> times)
        : network_(network),
          settings_(settings),
          times_(std::move(times)),
          checks_(network, pieces_of_checks(settings)),
          files_(static_cast<unsigned>(std::max(1, settings.get_int(lt::settings_pack::aio_threads)))),
          writer_(network, pool_, times_->write, [this](std::vector<Write>& writes) { written(writes); }),
          hashes_(static_cast<unsigned>(settings.get_int(lt::settings_pack::hashing_threads)),
                  times_->piece_hash, [this](std::vector<HashJob> jobs) {
                      boost::asio::post(network_, [jobs = std::move(jobs)] { hashed(jobs); });
                  }) {
        settings_updated();
    }

    lt::storage_holder new_torrent(const lt::storage_params& params,
                                   const std::shared_ptr<void>& torrent) override {
        auto slot = std::make_shared<Slot>();
        slot->storage = std::make_shared<Storage>(params, open_files_);
        slot->torrent = torrent;
        if (unused_slots_.empty()) {
            slots_.push_back(nullptr);
            unused_slots_.reserve(slots_.size());  // so that remove_torrent can't fail
            unused_slots_.push_back(slots_.size() - 1);
        }
        const std::size_t index = unused_slots_.back();
        unused_slots_.pop_back();
        slots_[index] = std::move(slot);
        return {storage_index_t(static_cast<std::uint32_t>(index)), *this};
    }

    void remove_torrent(storage_index_t index) override {
        slots_[static_cast<std::uint32_t>(index)].reset();
        unused_slots_.push_back(static_cast<std::uint32_t>(index));
    }

    void async_read(storage_index_t index, const lt::peer_request& request,
                    std::function<void(lt::disk_buffer_holder, const storage_error&)> handler,
                    disk_job_flags_t) override;
    bool async_write(storage_index_t index, const lt::peer_request& request, const char* data,
                     std::shared_ptr<lt::disk_observer> observer,
                     std::function<void(const storage_error&)> handler, disk_job_flags_t) override;
    void async_hash(
        storage_index_t index, piece_index_t piece, lt::span<lt::sha256_hash> blocks, disk_job_flags_t flags,
        std::function<void(piece_index_t, const lt::sha1_hash&, const storage_error&)> handler) override;
    void async_hash2(
        storage_index_t index, piece_index_t piece, int start, disk_job_flags_t flags,
        std::function<void(piece_index_t, const lt::sha256_hash&, const storage_error&)> handler) override;

    void async_move_storage(
        storage_index_t index, std::string folder, lt::move_flags_t flags,
        std::function<void(lt::status_t, const std::string&, const storage_error&)> handler) override {
        struct Result {
            lt::status_t status{};
            storage_error error;
        };
        alone<Result>(
            at(index),
            [folder = std::move(folder), flags](Storage& storage, Result& result) {
                result.status = storage.move(folder, flags, result.error);
            },
            [slot = at(index), handler = std::move(handler)](const Result& result) {
                handler(result.status, slot->storage->folder(), result.error);
            });
    }

    void async_release_files(storage_index_t index, std::function<void()> handler) override {
        alone<int>(
            at(index), [](Storage& storage, int&) { storage.close_files(); },
            [handler = std::move(handler)](int) {
                if (handler) handler();
            });
    }

    void async_stop_torrent(storage_index_t index, std::function<void()> handler) override {
        checks_.leave(at(index).get());
        async_release_files(index, std::move(handler));
    }

    void async_check_files(storage_index_t index, const lt::add_torrent_params* resume,
                           lt::aux::vector<std::string, lt::file_index_t> links,
                           std::function<void(lt::status_t, const storage_error&)> handler) override {
        struct Result {
            lt::status_t status{};
            storage_error error;
        };
        std::vector<std::string> paths(links.begin(), links.end());
        alone<Result>(
            at(index),
            [resume, paths = std::move(paths)](Storage& storage, Result& result) {
                result.status = storage.check(resume, paths, result.error);
            },
            [this, torrent = at(index).get(), handler = std::move(handler)](const Result& result) {
                if ((result.status & ~lt::status_t::oversized_file) != lt::status_t::need_full_check)
                    return handler(result.status, result.error);
                checks_.wait(torrent, [handler, result, guard = boost::asio::make_work_guard(network_)] {
                    handler(result.status, result.error);
                });
            });
    }

    void async_rename_file(
        storage_index_t index, lt::file_index_t file, std::string name,
        std::function<void(const std::string&, lt::file_index_t, const storage_error&)> handler) override {
        alone<storage_error>(
            at(index),
            [file, name](Storage& storage, storage_error& error) { storage.rename(file, name, error); },
            [file, name, handler = std::move(handler)](const storage_error& error) {
                handler(name, file, error);
            });
    }

    void async_delete_files(storage_index_t index, lt::remove_flags_t what,
                            std::function<void(const storage_error&)> handler) override {
        cancel_hashes(at(index));
        alone<storage_error>(
            at(index), [what](Storage& storage, storage_error& error) { storage.remove(what, error); },
            [handler = std::move(handler)](const storage_error& error) { handler(error); });
    }

    void async_set_file_priority(
        storage_index_t index, lt::aux::vector<lt::download_priority_t, lt::file_index_t> choices,
        std::function<void(const storage_error&, lt::aux::vector<lt::download_priority_t, lt::file_index_t>)>
            handler) override {
        struct Result {
            lt::aux::vector<lt::download_priority_t, lt::file_index_t> choices;
            storage_error error;
        };
        alone<Result>(
            at(index),
            [choices = std::move(choices)](Storage& storage, Result& result) {
                result.choices = choices;
                storage.choose(result.choices, result.error);
            },
            [handler = std::move(handler)](const Result& result) { handler(result.error, result.choices); });
    }

    void async_clear_piece(storage_index_t index, piece_index_t piece,
                           std::function<void(piece_index_t)> handler) override {
        alone<int>(
            at(index), [](Storage&, int&) {}, [piece, handler = std::move(handler)](int) { handler(piece); });
    }

    void update_stats_counters(lt::counters&) const override {}

    std::vector<lt::open_file_state> get_status(storage_index_t) const override { return {}; }

    void abort(bool) override {
        writer_.write_gathered();
        checks_.leave(nullptr);
        give_up(hashes_.cancel(nullptr));
    }

    void submit_jobs() override {}

    void settings_updated() override {
        open_files_.limit(
            static_cast<std::size_t>(std::max(1, settings_.get_int(lt::settings_pack::file_pool_size))));
        writer_.limit(settings_.get_int(lt::settings_pack::max_queued_disk_bytes));
    }

  private:
    [[nodiscard]] const SlotPointer& at(storage_index_t index) const {
        return slots_[static_cast<std::uint32_t>(index)];
    }

    /// Runs `work` on a thread for files while no other job of the torrent runs, then `report` on the network
    /// thread.
    template <typename Result, typename Work, typename Report>
    void alone(const SlotPointer& slot, Work work, Report report) {
        slot->gate.exclusive([this, slot, work = std::move(work), report = std::move(report)] {
            on_file_thread<Result>(slot, work, report);
        });
        // Those before it are not to wait for more of their kind.
        writer_.write_gathered();
    }

    template <typename Result, typename Work, typename Report>
    void on_file_thread(const SlotPointer& slot, Work work, Report report) {
        // The guard keeps the network thread's loop alive until it has heard of the end.
        files_.add([this, slot = slot, torrent = slot->torrent.lock(), work = std::move(work),
                    report = std::move(report), guard = boost::asio::make_work_guard(network_)]() mutable {
            auto result = std::make_shared<Result>();
            work(*slot->storage, *result);
            // Everything goes along: who keeps something here may be the last to let go of the torrent, and
            // that belongs to the network thread.
            boost::asio::post(network_, [slot = std::move(slot), torrent = std::move(torrent), result,
                                         report = std::move(report)] {
                report(*result);
                slot->gate.finished();
            });
        });
    }

    void gather(Write write);
    void written(std::vector<Write>& writes);
    void hash(const SlotPointer& slot, HashJob job);
    void start_hash(const SlotPointer& slot, HashJob job);
    /// Those of the torrent that no thread has begun, and those that are still to come: its content goes.
    void cancel_hashes(const SlotPointer& slot);
    void give_up(std::vector<HashJob> jobs);
    static void hashed(const std::vector<HashJob>& jobs);
    void read_by_thread(const SlotPointer& slot, std::int64_t offset, int bytes, char* block,
                        std::function<void(lt::disk_buffer_holder, const storage_error&)> handler);

    lt::io_context& network_;
    const lt::settings_interface& settings_;
    std::shared_ptr<DiskTimes> times_;
    BlockPool pool_;
    OpenFiles open_files_;
    std::vector<SlotPointer> slots_;
    std::vector<std::size_t> unused_slots_;
    CheckLine checks_;

    // The threads last: they end before what they use.
    JobThreads files_;
    BlockWriter writer_;
    HashQueue hashes_;
};

void DiskIo::async_read(storage_index_t index, const lt::peer_request& request,
                        std::function<void(lt::disk_buffer_holder, const storage_error&)> handler,
                        disk_job_flags_t) {
    const SlotPointer& slot = at(index);
    const std::int64_t offset = slot->storage->offset_of(request.piece, request.start);
    char* const block = pool_.allocate();
    const std::span<char> out(block, static_cast<std::size_t>(request.length));
    storage_error error;
    const auto in_memory = slot->pending.read(offset, out);
    const bool now = slot->gate.open() && in_memory != PendingBlocks::Coverage::kSome &&
                     (in_memory == PendingBlocks::Coverage::kAll ||
                      (slot->storage->read(offset, out, Storage::Wait::kNo, error) == Storage::Done::kYes &&
                       slot->storage->untouched(offset, request.length, error)));
    if (now) {
        boost::asio::post(network_,
                          [handler = std::move(handler),
                           buffer = lt::disk_buffer_holder(pool_, block, request.length)]() mutable {
                              handler(std::move(buffer), storage_error());
                          });
        return;
    }
    auto start = [this, slot, offset, bytes = request.length, block, handler = std::move(handler)] {
        read_by_thread(slot, offset, bytes, block, handler);
    };
    if (in_memory == PendingBlocks::Coverage::kNone) return slot->gate.shared(std::move(start));
    // Some of it is still on its way to the file: after that it can be read from there.
    slot->gate.exclusive(std::move(start));
    writer_.write_gathered();
}

void DiskIo::read_by_thread(const SlotPointer& slot, std::int64_t offset, int bytes, char* block,
                            std::function<void(lt::disk_buffer_holder, const storage_error&)> handler) {
    on_file_thread<storage_error>(
        slot,
        [offset, bytes, block](Storage& storage, storage_error& error) {
            const std::span<char> out(block, static_cast<std::size_t>(bytes));
            if (storage.read(offset, out, Storage::Wait::kYes, error) == Storage::Done::kYes)
                storage.untouched(offset, bytes, error);
        },
        [this, bytes, block, handler = std::move(handler)](const storage_error& error) {
            handler(lt::disk_buffer_holder(pool_, block, bytes), error);
        });
}

bool DiskIo::async_write(storage_index_t index, const lt::peer_request& request, const char* data,
                         std::shared_ptr<lt::disk_observer> observer,
                         std::function<void(const storage_error&)> handler, disk_job_flags_t) {
    const SlotPointer& slot = at(index);
    Write write{slot,
                request.piece,
                slot->storage->offset_of(request.piece, request.start),
                writer_.take(data, request.length),
                request.length,
                std::move(handler),
                {}};
    if (slot->gate.try_shared()) {
        gather(std::move(write));
    } else {
        slot->gate.shared([this, write = std::move(write)] { gather(write); });
    }
    if (!writer_.full()) return false;
    writer_.hold_back(observer);
    return true;
}

void DiskIo::gather(Write write) {
    write.slot->pending.add(write.offset, {write.block, static_cast<std::size_t>(write.bytes)});
    ++write.slot->writing[write.piece];
    writer_.add(std::move(write));
}

void DiskIo::written(std::vector<Write>& writes) {
    for (Write& write : writes) {
        Slot& slot = *write.slot;
        slot.pending.remove(write.offset, write.block);
        const auto count = slot.writing.find(write.piece);
        if (--count->second == 0) {
            slot.writing.erase(count);
            const auto [first, last] = slot.hashes_waiting.equal_range(write.piece);
            for (auto job = first; job != last; ++job) hashes_.add(std::move(job->second));
            slot.hashes_waiting.erase(first, last);
        }
        write.handler(write.error);
        slot.gate.finished();
    }
    writer_.release(writes);
}

void DiskIo::async_hash(
    storage_index_t index, piece_index_t piece, lt::span<lt::sha256_hash> blocks, disk_job_flags_t flags,
    std::function<void(piece_index_t, const lt::sha1_hash&, const storage_error&)> handler) {
    const SlotPointer& slot = at(index);
    const lt::file_storage& files = slot->storage->files();
    HashJob job;
    job.storage = slot->storage;
    job.piece = piece;
    job.offset = slot->storage->offset_of(piece, 0);
    job.v1_bytes = (flags & lt::disk_interface::v1_hash) ? files.piece_size(piece) : 0;
    job.v2_bytes = blocks.empty() ? 0 : files.piece_size2(piece);
    job.blocks = blocks;
    job.in_order = bool(flags & lt::disk_interface::sequential_access);
    job.done = [handler = std::move(handler)](const HashJob& done) {
        handler(done.piece, done.digest, done.error);
    };
    hash(slot, std::move(job));
}

void DiskIo::async_hash2(
    storage_index_t index, piece_index_t piece, int start, disk_job_flags_t,
    std::function<void(piece_index_t, const lt::sha256_hash&, const storage_error&)> handler) {
    const SlotPointer& slot = at(index);
    auto digest = std::make_shared<lt::sha256_hash>();
    HashJob job;
    job.storage = slot->storage;
    job.piece = piece;
    job.offset = slot->storage->offset_of(piece, start);
    job.v2_bytes = std::min<std::int64_t>(kBlock, slot->storage->files().piece_size2(piece) - start);
    job.blocks = lt::span<lt::sha256_hash>(*digest);
    job.done = [digest, handler = std::move(handler)](const HashJob& done) {
        handler(done.piece, *digest, done.error);
    };
    hash(slot, std::move(job));
}

void DiskIo::hash(const SlotPointer& slot, HashJob job) {
    if (job.in_order) checks_.piece_begun();
    job.done = [this, slot, done = std::move(job.done),
                guard = boost::asio::make_work_guard(network_)](const HashJob& result) {
        done(result);
        slot->gate.finished();
        if (result.in_order) checks_.piece_done();
    };
    slot->gate.shared([this, slot, kept = std::make_shared<HashJob>(std::move(job))] {
        start_hash(slot, std::move(*kept));
    });
}

void DiskIo::start_hash(const SlotPointer& slot, HashJob job) {
    if (slot->deleted) {
        std::vector<HashJob> jobs;
        jobs.push_back(std::move(job));
        return give_up(std::move(jobs));
    }
    if (!slot->writing.contains(job.piece)) return hashes_.add(std::move(job));
    const piece_index_t piece = job.piece;
    slot->hashes_waiting.emplace(piece, std::move(job));
    writer_.write_gathered();
}

void DiskIo::cancel_hashes(const SlotPointer& slot) {
    slot->deleted = true;
    std::vector<HashJob> jobs = hashes_.cancel(slot->storage.get());
    for (auto& [piece, job] : slot->hashes_waiting) jobs.push_back(std::move(job));
    slot->hashes_waiting.clear();
    give_up(std::move(jobs));
}

void DiskIo::give_up(std::vector<HashJob> jobs) {
    if (jobs.empty()) return;
    for (HashJob& job : jobs) job.error.ec = boost::asio::error::operation_aborted;
    boost::asio::post(network_, [jobs = std::move(jobs)] { hashed(jobs); });
}

void DiskIo::hashed(const std::vector<HashJob>& jobs) {
    for (const HashJob& job : jobs) job.done(job);
}

}  // namespace

std::unique_ptr<lt::disk_interface> make_disk_io(lt::io_context& network,
                                                 const lt::settings_interface& settings, lt::counters&,
                                                 std::shared_ptr<DiskTimes> times) {
    return std::make_unique<DiskIo>(network, settings, std::move(times));
}

}  // namespace shoal::client::disk
