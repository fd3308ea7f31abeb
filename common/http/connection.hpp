#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/http/event_channel.hpp"
#include "common/http/message.hpp"
#include "common/http/request_parser.hpp"

namespace shoal::http {

class Worker;

/// A connection's memory. It outlives the connection: the worker gives it to the next one.
struct Buffers {
    boost::beast::flat_buffer input;
    RequestStorage storage;
    Response response;
    std::string head;
};

/// What the worker knows about a connection: when to give up on it, and how to end it.
class ConnectionBase {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    ConnectionBase(const ConnectionBase&) = delete;
    ConnectionBase& operator=(const ConnectionBase&) = delete;
    virtual ~ConnectionBase() = default;

    /// The server stops: end now where no request is being read or answered, else after the answer.
    virtual void drain() = 0;
    virtual void abort() = 0;

    [[nodiscard]] TimePoint deadline() const { return deadline_; }

  protected:
    ConnectionBase() = default;
    void set_deadline(TimePoint deadline) { deadline_ = deadline; }

  private:
    friend class Worker;
    TimePoint deadline_;
    std::size_t position_ = 0;  ///< in the worker's list
};

/// One connection from accept to close: read, parse, handle, write, and again. It keeps itself alive through
/// the handlers of its pending operation.
template <class Stream>
class Connection final : public ConnectionBase, public std::enable_shared_from_this<Connection<Stream>> {
  public:
    /// @param stream_arguments  what Stream's constructor takes
    template <class... StreamArguments>
    Connection(Worker& worker, const Endpoint& remote, StreamArguments&&... stream_arguments)
        : worker_(worker), stream_(std::forward<StreamArguments>(stream_arguments)...), remote_(remote) {
        join_worker();
    }
    ~Connection() override;

    void start();
    void drain() override;
    void abort() override { stream_.close(); }

  private:
    using error_code = boost::beast::error_code;
    enum class Parsed { kMore, kContinue, kRequest, kBad };

    void join_worker();
    /// The first time takes what is there already; else waits for more.
    void read();
    void on_read(error_code error, std::size_t bytes);
    /// Parses and answers for as long as nothing has to be waited for.
    void run();
    [[nodiscard]] Parsed parse();
    void answer();
    void refuse();
    /// Fills in the answer for what the server itself refuses.
    void refuse_with(int status);
    void prepare(bool keep_alive, bool with_body);
    /// True where all of the answer is out; otherwise on_written() follows.
    bool write();
    void on_written(error_code error);
    /// After an answer. True where the next request can be parsed.
    bool finish();
    void end();
    /// Hangs up without a reset that could overtake the answer: what still comes in is read and dropped.
    void linger();
    void stream_events();
    void push(const EventChannel::Frame& frame);
    void write_frame();

    Worker& worker_;
    Stream stream_;
    Endpoint remote_;
    std::unique_ptr<Buffers> buffers_;
    std::optional<RequestParser> parser_;
    error_code parse_error_;
    std::shared_ptr<EventChannel> channel_;
    std::uint64_t subscription_ = 0;
    std::deque<EventChannel::Frame> frames_;
    std::size_t timed_ = 0;  ///< bytes of body after which the deadline moves
    bool tried_ = false;
    bool receiving_ = false;  ///< a request has begun to arrive
    bool keep_alive_ = false;
    bool discarding_ = false;  ///< what is read is not looked at any more
    bool lingering_ = false;
    bool continued_ = false;  ///< "100 Continue" was sent for this request
};

}  // namespace shoal::http
