#include "common/http/connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>
#include <exception>

#include "common/http/plain_stream.hpp"
#include "common/http/refusal.hpp"
#include "common/http/response_head.hpp"
#include "common/http/tls_stream.hpp"
#include "common/http/worker.hpp"
#include "common/log.hpp"

namespace shoal::http {
namespace {

constexpr std::size_t kReadSize = 4096;
constexpr auto kLingerTime = std::chrono::seconds(2);
constexpr auto kForever = std::chrono::hours(24 * 365);
// Of a body: a longer one gets more time as it arrives.
constexpr std::size_t kTimedAtOnce = std::size_t{1} << 20;
// A client of a channel that lets this many events wait is not reading.
constexpr std::size_t kMostFrames = 32;

}  // namespace

template <class Stream>
void Connection<Stream>::join_worker() {
    buffers_ = worker_.lend_buffers();
    worker_.add(*this);
}

template <class Stream>
Connection<Stream>::~Connection() {
    if (channel_) channel_->unsubscribe(subscription_);
    worker_.return_buffers(std::move(buffers_));
    worker_.remove(*this);
}

template <class Stream>
void Connection<Stream>::start() {
    set_deadline(worker_.now() + worker_.shared().options.request_timeout);
    stream_.async_handshake([self = this->shared_from_this()](error_code ec) {
        if (ec) {
            self->stream_.close();
        } else {
            self->read();
        }
    });
}

template <class Stream>
void Connection<Stream>::read() {
    const auto space = buffers_->input.prepare(kReadSize);
    if (!tried_) {
        tried_ = true;
        error_code ec;
        const std::size_t bytes = stream_.try_read(space, ec);
        if (ec != boost::asio::error::would_block) {
            on_read(ec, bytes);
            return;
        }
    }
    stream_.async_read(space, [self = this->shared_from_this()](error_code ec, std::size_t bytes) {
        self->on_read(ec, bytes);
    });
}

template <class Stream>
void Connection<Stream>::on_read(error_code ec, std::size_t bytes) {
    if (ec) {
        stream_.close();
        return;
    }
    if (discarding_) {
        read();
        return;
    }
    if (!receiving_) {
        receiving_ = true;
        set_deadline(worker_.now() + worker_.shared().options.request_timeout);
    }
    buffers_->input.commit(bytes);
    run();
}

template <class Stream>
void Connection<Stream>::run() {
    do {
        switch (parse()) {
            case Parsed::kMore:
                read();
                return;
            case Parsed::kContinue:
                continued_ = true;
                buffers_->head = "HTTP/1.1 100 Continue\r\n\r\n";
                buffers_->response.body.clear();
                if (!write()) return;
                read();
                return;
            case Parsed::kBad:
                refuse();
                break;
            case Parsed::kRequest:
                answer();
                break;
        }
    } while (write() && finish());
}

template <class Stream>
auto Connection<Stream>::parse() -> Parsed {
    if (!parser_) {
        buffers_->storage.clear();
        continued_ = false;
        timed_ = kTimedAtOnce;
        parser_.emplace(buffers_->storage, worker_.shared().options);
    }
    parse_error_ = {};
    const std::size_t used = parser_->put(buffers_->input.data(), parse_error_);
    buffers_->input.consume(used);
    if (parse_error_ && parse_error_ != beast::http::error::need_more) return Parsed::kBad;
    if (parser_->is_done()) return Parsed::kRequest;
    if (parser_->is_header_done() && buffers_->storage.expects_continue && !continued_)
        return Parsed::kContinue;
    if (buffers_->storage.body.size() >= timed_) {
        timed_ += kTimedAtOnce;
        set_deadline(worker_.now() + worker_.shared().options.request_timeout);
    }
    return Parsed::kMore;
}

template <class Stream>
void Connection<Stream>::answer() {
    worker_.shared().requests.fetch_add(1, std::memory_order_relaxed);
    Request request = buffers_->storage.view();
    request.remote = remote_;
    request.tls = Stream::kTls;
    Response& response = buffers_->response;
    response.clear();
    try {
        worker_.shared().handler(request, response);
    } catch (const std::exception& failure) {
        log::error("request failed", {{"path", std::string(request.path)}, {"error", failure.what()}});
        refuse_with(500);
    }
    const bool keep_alive =
        parser_->keep_alive() && !response.close && !response.events && !worker_.draining();
    prepare(keep_alive, request.method != "HEAD");
}

template <class Stream>
void Connection<Stream>::refuse() {
    refuse_with(refusal_status(parse_error_));
    lingering_ = true;
    prepare(false, true);
}

template <class Stream>
void Connection<Stream>::refuse_with(int status) {
    Response& response = buffers_->response;
    response.clear();
    response.status = status;
    response.body = refusal_text(status);
    const auto& on_refusal = worker_.shared().options.on_refusal;
    if (!on_refusal) return;
    Request request = buffers_->storage.view();
    request.remote = remote_;
    request.tls = Stream::kTls;
    on_refusal(request, response);
}

template <class Stream>
void Connection<Stream>::prepare(bool keep_alive, bool with_body) {
    Response& response = buffers_->response;
    const int version = parser_->is_header_done() ? buffers_->storage.version : 11;
    write_response_head(response, version, keep_alive, worker_.date(), buffers_->head);
    // To HEAD the headers are those of a GET, its Content-Length included.
    if (!with_body) {
        response.body.clear();
        response.events.reset();
    }
    channel_ = std::move(response.events);
    keep_alive_ = keep_alive;
}

template <class Stream>
bool Connection<Stream>::write() {
    std::string& head = buffers_->head;
    const std::string& body = buffers_->response.body;
    error_code ec;
    const std::size_t sent = stream_.try_write({boost::asio::buffer(head), boost::asio::buffer(body)}, ec);
    if (ec) {
        stream_.close();
        return false;
    }
    if (sent == head.size() + body.size()) return true;
    set_deadline(worker_.now() + worker_.shared().options.write_timeout);
    const Parts rest{boost::asio::buffer(head) + sent,
                     boost::asio::buffer(body) + (sent > head.size() ? sent - head.size() : 0)};
    stream_.async_write(rest, [self = this->shared_from_this()](error_code failed, std::size_t) {
        self->on_written(failed);
    });
    return false;
}

template <class Stream>
void Connection<Stream>::on_written(error_code ec) {
    if (ec) {
        stream_.close();
    } else if (!parser_->is_done() && !lingering_) {
        read();  // it was "100 Continue": the body follows
    } else if (finish()) {
        run();
    }
}

template <class Stream>
bool Connection<Stream>::finish() {
    if (channel_) {
        stream_events();
        return false;
    }
    if (lingering_) {
        linger();
        return false;
    }
    if (!keep_alive_) {
        end();
        return false;
    }
    parser_.reset();
    receiving_ = buffers_->input.size() > 0;
    const auto& options = worker_.shared().options;
    if (!receiving_ && worker_.draining()) {
        stream_.close();
        return false;
    }
    set_deadline(worker_.now() + (receiving_ ? options.request_timeout : options.idle_timeout));
    if (receiving_) return true;
    read();
    return false;
}

template <class Stream>
void Connection<Stream>::end() {
    set_deadline(worker_.now() + kLingerTime);
    stream_.async_shut_down([self = this->shared_from_this()](error_code) { self->stream_.close(); });
}

template <class Stream>
void Connection<Stream>::linger() {
    stream_.shut_down_write();
    set_deadline(worker_.now() + kLingerTime);
    discarding_ = true;
    buffers_->input.clear();
    read();
}

template <class Stream>
void Connection<Stream>::stream_events() {
    receiving_ = false;
    discarding_ = true;
    buffers_->input.clear();
    set_deadline(worker_.now() + kForever);
    subscription_ = channel_->subscribe(
        [weak = this->weak_from_this(), &context = worker_.context()](const EventChannel::Frame& frame) {
            boost::asio::post(context, [weak, frame] {
                if (const auto self = weak.lock()) self->push(frame);
            });
        });
    read();  // only to notice the end
}

template <class Stream>
void Connection<Stream>::push(const EventChannel::Frame& frame) {
    if (frames_.size() >= kMostFrames) {
        stream_.close();
        return;
    }
    frames_.push_back(frame);
    if (frames_.size() == 1) write_frame();
}

template <class Stream>
void Connection<Stream>::write_frame() {
    set_deadline(worker_.now() + worker_.shared().options.write_timeout);
    stream_.async_write({boost::asio::buffer(*frames_.front()), {}},
                        [self = this->shared_from_this()](error_code ec, std::size_t) {
                            if (ec) {
                                self->stream_.close();
                                return;
                            }
                            self->frames_.pop_front();
                            if (!self->frames_.empty()) {
                                self->write_frame();
                            } else {
                                self->set_deadline(self->worker_.now() + kForever);
                            }
                        });
}

template <class Stream>
void Connection<Stream>::drain() {
    if (!receiving_) stream_.close();
}

template class Connection<PlainStream>;
template class Connection<TlsStream>;

}  // namespace shoal::http
