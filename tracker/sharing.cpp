#include "tracker/sharing.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "common/error.hpp"
#include "common/log.hpp"
#include "tracker/access/access_control.hpp"
#include "tracker/shared/follower.hpp"
#include "tracker/shared/redis_store.hpp"
#include "tracker/store/journal.hpp"
#include "tracker/swarm/swarm_table.hpp"
#include "tracker/web/vitals.hpp"

namespace shoal::tracker {
namespace {

// What happens here waits at most this long before it is written.
constexpr auto kPeriod = std::chrono::milliseconds(50);

/// Other trackers' news, for the table; and for the access lists what an operator registered there.
class TableSink final : public ChangeSink {
  public:
    TableSink(SwarmTable& swarms, AccessControl& access, std::function<UnixSeconds()> now)
        : swarms_(swarms), access_(access), now_(std::move(now)) {}

    void take(const SwarmRecord& record, std::optional<std::uint64_t> from) override {
        const auto registered = swarms_.merge(record, from, now_());
        if (!registered) return;
        if (*registered) {
            access_.allow(record.info_hash);
        } else {
            access_.disallow(record.info_hash);
        }
    }
    void take(const PeerRecord& record) override { swarms_.merge(record, now_()); }
    void take(const RemovedPeer& removed) override { swarms_.merge(removed); }

  private:
    SwarmTable& swarms_;
    AccessControl& access_;
    std::function<UnixSeconds()> now_;
};

}  // namespace

struct Sharing::Impl {
    Impl(const std::string& url, std::uint64_t tracker, SwarmTable& swarms, AccessControl& access,
         const std::function<UnixSeconds()>& now)
        : address(RedisAddress::parse(url)),
          sink(swarms, access, now),
          store({address, tracker, [&swarms] { swarms.share_all(); }}),
          journal(swarms.unshared(), store, now, kPeriod, "Redis"),
          follower(address, tracker, sink, now) {}

    RedisAddress address;
    TableSink sink;
    RedisStore store;
    Journal journal;
    Follower follower;
};

Sharing::Sharing(const std::string& url, std::uint64_t tracker, SwarmTable& swarms, AccessControl& access,
                 std::function<UnixSeconds()> now)
    : impl_(std::make_unique<Impl>(url, tracker, swarms, access, now)) {}

Sharing::~Sharing() = default;

void Sharing::start(bool optional) {
    const std::string name = "Redis at " + impl_->address.to_string();
    try {
        impl_->store.connect();
        impl_->follower.load();
        log::info("swarms are shared", {{"redis", impl_->address.to_string()},
                                        {"records", std::to_string(impl_->follower.state().records)}});
    } catch (const RedisFailure& failure) {
        const bool refused = failure.kind() == RedisFailure::Kind::kRefused;
        if (!optional)
            throw Error(refused ? ExitCode::kUsage : ExitCode::kFailed, name, failure.what(),
                        refused ? "see docs/shared-tracker.md"
                                : "start it, mend --shared, or begin without it: --shared-optional");
        log::warning("Redis cannot be used, beginning alone", {{"error", failure.what()}});
    }
    impl_->journal.start();
    impl_->follower.start();
}

void Sharing::stop() {
    impl_->follower.stop();
    const auto not_told = [](const std::string& error) {
        log::warning("the last changes could not be told to the other trackers", {{"error", error}});
    };
    if (!impl_->journal.stop()) return not_told(impl_->journal.state().error);
    try {
        impl_->store.leave();
    } catch (const StoreFailure& failure) {
        not_told(failure.what());
    }
}

void Sharing::add_to(Vitals& vitals) const {
    const JournalState written = impl_->journal.state();
    const FollowerState read = impl_->follower.state();
    vitals.shared = true;
    vitals.shared_healthy = written.healthy && read.healthy;
    vitals.shared_written = written.records;
    vitals.shared_read = read.records;
    vitals.shared_refused = read.refused;
    vitals.shared_loads = read.loads;
    vitals.shared_lost_trackers = impl_->store.lost_trackers();
    vitals.shared_written_at = written.written_at;
}

}  // namespace shoal::tracker
