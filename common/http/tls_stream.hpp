#pragma once

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <utility>

#include "common/http/plain_stream.hpp"

namespace shoal::http {

/// The same as PlainStream over TLS, always through the event loop: a handshake has to wait anyway.
class TlsStream {
  public:
    using error_code = boost::system::error_code;

    TlsStream(boost::asio::io_context& context, std::shared_ptr<boost::asio::ssl::context> tls,
              boost::asio::ip::tcp protocol, int socket)
        : tls_(std::move(tls)), stream_(context, *tls_) {
        error_code error;
        stream_.next_layer().assign(protocol, socket, error);
    }

    std::size_t try_read(boost::asio::mutable_buffer, error_code& error) const {
        error = boost::asio::error::would_block;
        return 0;
    }
    std::size_t try_write(const Parts&, error_code&) const { return 0; }

    template <class Handler>
    void async_handshake(Handler&& handler) {
        stream_.async_handshake(boost::asio::ssl::stream_base::server, std::forward<Handler>(handler));
    }
    template <class Handler>
    void async_read(boost::asio::mutable_buffer buffer, Handler&& handler) {
        stream_.async_read_some(buffer, std::forward<Handler>(handler));
    }
    template <class Handler>
    void async_write(const Parts& parts, Handler&& handler) {
        boost::asio::async_write(stream_, parts, std::forward<Handler>(handler));
    }
    /// Tells the client that the answer was all: without it the end could be an attacker's.
    template <class Handler>
    void async_shut_down(Handler&& handler) {
        stream_.async_shutdown(std::forward<Handler>(handler));
    }
    void shut_down_write() {
        error_code ignored;
        stream_.next_layer().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    }
    void close() {
        error_code ignored;
        stream_.next_layer().close(ignored);
    }

    static constexpr bool kTls = true;

  private:
    std::shared_ptr<boost::asio::ssl::context> tls_;  // a reload must not take it from under us
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
};

}  // namespace shoal::http
