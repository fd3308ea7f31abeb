#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "common/http/message.hpp"
#include "common/http/request_parser.hpp"

namespace shoal::http {

class Worker;

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
    Connection(Worker& worker, Stream stream, const Endpoint& remote);
    ~Connection() override;

    void start();
    void drain() override;
    void abort() override;

  private:
    using error_code = boost::beast::error_code;

    void read();
    void on_read(error_code error, std::size_t bytes);
    /// Goes on with what is in the buffer: needs more, answers, or complains.
    void parse();
    void send_continue();
    void answer();
    void refuse(int status);
    void send(bool keep_alive, bool with_body);
    void on_written(error_code error);
    void next_request();
    /// Hangs up without a reset that could overtake the answer: what still comes in is read and dropped.
    void linger();
    void close();

    Worker& worker_;
    Stream stream_;
    Endpoint remote_;
    boost::beast::flat_buffer buffer_;
    RequestStorage storage_;
    std::optional<RequestParser> parser_;
    Response response_;
    std::string head_;
    bool receiving_ = false;  ///< a request has begun to arrive
    bool keep_alive_ = false;
    bool lingering_ = false;
    bool continue_sent_ = false;
};

}  // namespace shoal::http
