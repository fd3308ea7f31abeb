#include "tracker/shared/redis_connection.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <sys/time.h>

#include <cerrno>
#include <utility>

namespace shoal::tracker {
namespace {

timeval to_timeval(std::chrono::milliseconds time) {
    timeval out{};
    out.tv_sec = time.count() / 1000;
    out.tv_usec = (time.count() % 1000) * 1000;
    return out;
}

/// By the first word of an error that Redis replies.
RedisFailure::Kind kind_of(std::string_view error) {
    for (const char* word : {"WRONGPASS", "NOAUTH", "NOPERM", "DENIED", "WRONGTYPE", "ERR invalid password",
                             "ERR DB index", "ERR unknown command", "ERR AUTH", "ERR Client sent AUTH"}) {
        if (error.starts_with(word)) return RedisFailure::Kind::kRefused;
    }
    return RedisFailure::Kind::kAway;
}

void refuse_error(const redisReply& reply) {
    if (reply.type != REDIS_REPLY_ERROR) return;
    const std::string_view error(reply.str, static_cast<std::size_t>(reply.len));
    // The first sentence: Redis' protected mode writes a page.
    throw RedisFailure(kind_of(error), std::string(error.substr(0, error.find(". "))));
}

}  // namespace

void RedisReplyDeleter::operator()(redisReply* reply) const {
    ::freeReplyObject(reply);
}

void RedisConnection::Deleter::operator()(redisContext* context) const {
    ::redisFree(context);
}

std::string_view text_of(const redisReply& reply) {
    if (reply.type != REDIS_REPLY_STRING && reply.type != REDIS_REPLY_STATUS)
        throw RedisFailure(RedisFailure::Kind::kAway, "it replied something else than a text");
    return {reply.str, static_cast<std::size_t>(reply.len)};
}

std::int64_t integer_of(const redisReply& reply) {
    if (reply.type != REDIS_REPLY_INTEGER)
        throw RedisFailure(RedisFailure::Kind::kAway, "it replied something else than a number");
    return reply.integer;
}

std::vector<const redisReply*> list_of(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_NIL) return {};
    if (reply.type != REDIS_REPLY_ARRAY)
        throw RedisFailure(RedisFailure::Kind::kAway, "it replied something else than a list");
    return {reply.element, reply.element + reply.elements};
}

RedisConnection::RedisConnection(const RedisNode& node, std::chrono::milliseconds timeout) {
    context_.reset(::redisConnectWithTimeout(node.host.c_str(), node.port, to_timeval(timeout)));
    if (context_ == nullptr) throw RedisFailure(RedisFailure::Kind::kAway, "no memory is left");
    if (context_.get()->err != 0) fail();
    if (::redisSetTimeout(context_.get(), to_timeval(timeout)) != REDIS_OK) fail();
}

void RedisConnection::fail() const {
    if (context_.get()->err == REDIS_ERR_IO && errno == EAGAIN)  // else hiredis gives errno's own words
        throw RedisFailure(RedisFailure::Kind::kAway, "it does not reply in time");
    throw RedisFailure(RedisFailure::Kind::kAway, context_.get()->errstr);
}

RedisReply RedisConnection::command(const Arguments& arguments) {
    append(arguments);
    return read();
}

void RedisConnection::append(const Arguments& arguments) {
    texts_.clear();
    sizes_.clear();
    for (const std::string_view argument : arguments) {
        texts_.push_back(argument.data());
        sizes_.push_back(argument.size());
    }
    if (::redisAppendCommandArgv(context_.get(), static_cast<int>(texts_.size()), texts_.data(),
                                 sizes_.data()) != REDIS_OK)
        fail();
}

RedisReply RedisConnection::read() {
    void* raw = nullptr;
    if (::redisGetReply(context_.get(), &raw) != REDIS_OK) fail();
    RedisReply reply(static_cast<redisReply*>(raw));
    refuse_error(*reply);
    if (reply->type == REDIS_REPLY_ARRAY) {
        for (const redisReply* element : list_of(*reply)) refuse_error(*element);  // EXEC's
    }
    return reply;
}

}  // namespace shoal::tracker
