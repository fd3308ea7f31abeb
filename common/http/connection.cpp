#include "common/http/connection.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <exception>
#include <utility>

#include "common/http/response_head.hpp"
#include "common/http/worker.hpp"
#include "common/log.hpp"

namespace shoal::http {
namespace {

using beast::http::error;

constexpr std::size_t kReadSize = 4096;
constexpr auto kLingerTime = std::chrono::seconds(2);

int status_of(const beast::error_code& ec) {
    if (ec == error::header_limit || ec == error::buffer_overflow) return 431;
    if (ec == error::body_limit) return 413;
    return 400;
}

std::string_view text_of(int status) {
    switch (status) {
        case 413:
            return "the body is too large\n";
        case 431:
            return "the request line or the headers are too large\n";
        case 500:
            return "the server failed\n";
        default:
            return "this is not a valid HTTP/1.0 or HTTP/1.1 request\n";
    }
}

}  // namespace

template <class Stream>
Connection<Stream>::Connection(Worker& worker, Stream stream, const Endpoint& remote)
    : worker_(worker), stream_(std::move(stream)), remote_(remote) {
    worker_.add(*this);
}

template <class Stream>
Connection<Stream>::~Connection() {
    worker_.remove(*this);
}

template <class Stream>
void Connection<Stream>::start() {
    set_deadline(worker_.now() + worker_.shared().options.request_timeout);
    read();
}

template <class Stream>
void Connection<Stream>::read() {
    stream_.async_read_some(buffer_.prepare(kReadSize),
                            [self = this->shared_from_this()](error_code error, std::size_t bytes) {
                                self->on_read(error, bytes);
                            });
}

template <class Stream>
void Connection<Stream>::on_read(error_code error, std::size_t bytes) {
    if (error) {
        close();
        return;
    }
    if (lingering_) {
        read();
        return;
    }
    if (!receiving_) {
        receiving_ = true;
        set_deadline(worker_.now() + worker_.shared().options.request_timeout);
    }
    buffer_.commit(bytes);
    parse();
}

template <class Stream>
void Connection<Stream>::parse() {
    if (!parser_) {
        const auto& options = worker_.shared().options;
        storage_.clear();
        continue_sent_ = false;
        parser_.emplace(storage_);
        parser_->header_limit(static_cast<std::uint32_t>(options.header_limit));
        parser_->body_limit(options.body_limit);
        parser_->eager(true);
    }
    error_code ec;
    const std::size_t used = parser_->put(buffer_.data(), ec);
    buffer_.consume(used);
    if (ec && ec != error::need_more) {
        refuse(status_of(ec));
    } else if (parser_->is_done()) {
        answer();
    } else if (parser_->is_header_done() && storage_.expects_continue && !continue_sent_) {
        send_continue();
    } else {
        read();
    }
}

template <class Stream>
void Connection<Stream>::send_continue() {
    continue_sent_ = true;
    head_ = "HTTP/1.1 100 Continue\r\n\r\n";
    boost::asio::async_write(stream_, boost::asio::buffer(head_),
                             [self = this->shared_from_this()](error_code error, std::size_t) {
                                 if (error) {
                                     self->close();
                                 } else {
                                     self->read();
                                 }
                             });
}

template <class Stream>
void Connection<Stream>::answer() {
    worker_.shared().requests.fetch_add(1, std::memory_order_relaxed);
    Request request = storage_.view();
    request.remote = remote_;
    response_.clear();
    try {
        worker_.shared().handler(request, response_);
    } catch (const std::exception& failure) {
        log::error("request failed", {{"path", std::string(request.path)}, {"error", failure.what()}});
        response_.clear();
        response_.status = 500;
        response_.body = text_of(500);
    }
    send(parser_->keep_alive() && !response_.close && !worker_.draining(), request.method != "HEAD");
}

template <class Stream>
void Connection<Stream>::refuse(int status) {
    response_.clear();
    response_.status = status;
    response_.body = text_of(status);
    lingering_ = true;
    send(false, true);
}

template <class Stream>
void Connection<Stream>::send(bool keep_alive, bool with_body) {
    const int version = parser_->is_header_done() ? storage_.version : 11;
    write_response_head(response_, version, keep_alive, head_);
    // To HEAD the headers are those of a GET, its Content-Length included.
    if (!with_body) response_.body.clear();
    keep_alive_ = keep_alive;
    set_deadline(worker_.now() + worker_.shared().options.write_timeout);
    const std::array<boost::asio::const_buffer, 2> parts{boost::asio::buffer(head_),
                                                         boost::asio::buffer(response_.body)};
    boost::asio::async_write(
        stream_, parts,
        [self = this->shared_from_this()](error_code error, std::size_t) { self->on_written(error); });
}

template <class Stream>
void Connection<Stream>::on_written(error_code error) {
    if (error) {
        close();
    } else if (lingering_) {
        linger();
    } else if (!keep_alive_) {
        close();
    } else {
        next_request();
    }
}

template <class Stream>
void Connection<Stream>::next_request() {
    parser_.reset();
    receiving_ = buffer_.size() > 0;
    const auto& options = worker_.shared().options;
    if (receiving_) {
        set_deadline(worker_.now() + options.request_timeout);
        parse();
    } else if (worker_.draining()) {
        close();
    } else {
        set_deadline(worker_.now() + options.idle_timeout);
        read();
    }
}

template <class Stream>
void Connection<Stream>::linger() {
    error_code ignored;
    stream_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    set_deadline(worker_.now() + kLingerTime);
    buffer_.clear();
    read();
}

template <class Stream>
void Connection<Stream>::close() {
    error_code ignored;
    stream_.close(ignored);
}

template <class Stream>
void Connection<Stream>::drain() {
    if (!receiving_) close();
}

template <class Stream>
void Connection<Stream>::abort() {
    close();
}

template class Connection<boost::asio::ip::tcp::socket>;

}  // namespace shoal::http
