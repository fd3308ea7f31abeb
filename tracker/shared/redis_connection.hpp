#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tracker/shared/redis_address.hpp"

struct redisContext;
struct redisReply;

namespace shoal::tracker {

/// Redis did not do what it was asked.
class RedisFailure : public std::runtime_error {
  public:
    /// Whether waiting may help. It does not against a wrong password, other data, or an old version.
    enum class Kind { kAway, kRefused };
    RedisFailure(Kind kind, const std::string& why) : std::runtime_error(why), kind_(kind) {}
    [[nodiscard]] Kind kind() const { return kind_; }

  private:
    Kind kind_;
};

struct RedisReplyDeleter {
    void operator()(redisReply* reply) const;
};
using RedisReply = std::unique_ptr<redisReply, RedisReplyDeleter>;

/// What a strict reader accepts of a reply; each throws RedisFailure (kAway) for another type.
std::string_view text_of(const redisReply& reply);
std::int64_t integer_of(const redisReply& reply);
/// The elements of a list; none for nil.
std::vector<const redisReply*> list_of(const redisReply& reply);

/// One connection, over hiredis' blocking calls.
///
/// Two threads have nothing to do but to wait for Redis (see RedisStore, Follower), so an event loop would
/// only add states to them; and hiredis 0.14, which Debian 12 has, brings no adapter for Asio.
/// Used from one thread at a time. After a RedisFailure it is of no more use.
class RedisConnection {
  public:
    using Arguments = std::vector<std::string_view>;

    /// Connects. Throws RedisFailure.
    /// @param timeout  of connecting and of each reply
    RedisConnection(const RedisNode& node, std::chrono::milliseconds timeout);

    /// One command and its reply. Throws RedisFailure, also for an error that Redis replies.
    RedisReply command(const Arguments& arguments);
    /// Several commands in one go: each append() is answered by one read(), in order.
    void append(const Arguments& arguments);
    RedisReply read();

  private:
    struct Deleter {
        void operator()(redisContext* context) const;
    };
    [[noreturn]] void fail() const;

    std::unique_ptr<redisContext, Deleter> context_;
    // Of the command that is being sent, as hiredis asks for it; kept for their memory.
    std::vector<const char*> texts_;
    std::vector<std::size_t> sizes_;
};

}  // namespace shoal::tracker
