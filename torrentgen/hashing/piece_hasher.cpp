#include "torrentgen/hashing/piece_hasher.hpp"

#include <sched.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <thread>

#include "torrentgen/hashing/hash_job.hpp"
#include "torrentgen/hashing/hash_worker.hpp"

namespace shoal::hashing {
namespace {

void run_worker(HashJob& job) {
    try {
        HashWorker(job).run();
    } catch (...) {
        job.fail(std::current_exception());
    }
    job.thread_done();
}

/// The workers of wide lanes read many pieces at a time, a little of each, which no disk likes. This thread
/// has the kernel read the same bytes in order just before; it only wakes for content that is not in memory.
void read_ahead(HashJob& job) {
    constexpr std::uint64_t kWindow = 64u << 20;  // beyond what the workers have taken
    constexpr std::uint64_t kStep = 4u << 20;     // short, so that the end of the job is not kept waiting
    ContentReader reader(job.content(), job.read_policy());
    reader.seek(0);
    std::uint64_t position = 0;
    while (const auto taken = job.wait_until_taken(position - std::min(position, kWindow))) {
        const std::uint64_t end = std::min(*taken + kWindow, job.content().size());
        for (; position < end && !job.stopping(); position += kStep) reader.prefetch(kStep);
        if (end == job.content().size()) return;
    }
}

void run_read_ahead(HashJob& job) {
    try {
        read_ahead(job);
    } catch (...) {
        job.fail(std::current_exception());
    }
}

}  // namespace

unsigned default_threads() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(CPU_COUNT(&set));
    return std::max(1u, std::thread::hardware_concurrency());
}

PieceHashes hash_pieces(const Content& content, const HashOptions& options, const HashProgress& progress) {
    const unsigned wanted = options.threads == 0 ? default_threads() : options.threads;
    const std::uint64_t pieces = content.size() / options.piece_size + 1;
    const auto threads = static_cast<unsigned>(std::clamp<std::uint64_t>(wanted, 1, pieces));
    HashJob job(content, options, threads);
    {
        std::vector<std::jthread> running;
        running.reserve(threads + 1);
        for (unsigned i = 0; i < threads; ++i) running.emplace_back(run_worker, std::ref(job));
        running.emplace_back(run_read_ahead, std::ref(job));
        job.watch(progress);
    }
    if (progress) progress(job.bytes_done.load());
    return job.finish();
}

}  // namespace shoal::hashing
