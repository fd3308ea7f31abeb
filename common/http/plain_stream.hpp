#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>

namespace shoal::http {

using Parts = std::array<boost::asio::const_buffer, 2>;

/// A connected, non-blocking TCP socket that joins the event loop only when it must wait. Most announces come
/// on a connection of their own, with the request there at the accept: they are read, answered and closed
/// without the loop ever hearing of them.
class PlainStream {
  public:
    using error_code = boost::system::error_code;

    PlainStream(boost::asio::io_context& context, int socket) : socket_(context), fd_(socket) {}
    PlainStream(const PlainStream&) = delete;
    PlainStream& operator=(const PlainStream&) = delete;
    ~PlainStream() { close(); }

    /// What is there now; `would_block` where nothing is, `eof` at the end.
    std::size_t try_read(boost::asio::mutable_buffer buffer, error_code& error) const;
    /// As much as goes out now, 0 for nothing.
    std::size_t try_write(const Parts& parts, error_code& error) const;

    template <class Handler>
    void async_handshake(Handler&& handler) {
        handler(error_code{});
    }
    template <class Handler>
    void async_read(boost::asio::mutable_buffer buffer, Handler&& handler) {
        attach();
        socket_.async_read_some(buffer, std::forward<Handler>(handler));
    }
    template <class Handler>
    void async_write(const Parts& parts, Handler&& handler) {
        attach();
        boost::asio::async_write(socket_, parts, std::forward<Handler>(handler));
    }
    template <class Handler>
    void async_shut_down(Handler&& handler) {
        handler(error_code{});
    }
    void shut_down_write() const;
    /// Pending operations end with an error.
    void close();

    static constexpr bool kTls = false;

  private:
    void attach();

    boost::asio::ip::tcp::socket socket_;
    int fd_;  ///< -1 once closed
};

}  // namespace shoal::http
