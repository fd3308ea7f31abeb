#include "common/http/plain_stream.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <cerrno>
#include <utility>

namespace shoal::http {
namespace {

boost::system::error_code last_error() {
    if (errno == EAGAIN || errno == EINTR) return boost::asio::error::would_block;
    return {errno, boost::system::system_category()};
}

}  // namespace

std::size_t PlainStream::try_read(boost::asio::mutable_buffer buffer, error_code& error) const {
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n > 0) return static_cast<std::size_t>(n);
    error = n == 0 ? boost::asio::error::make_error_code(boost::asio::error::eof) : last_error();
    return 0;
}

std::size_t PlainStream::try_write(const Parts& parts, error_code& error) const {
    std::array<iovec, 2> pieces{};
    for (std::size_t i = 0; i < parts.size(); ++i)
        pieces[i] = {const_cast<void*>(parts[i].data()), parts[i].size()};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const ssize_t n = ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) return static_cast<std::size_t>(n);
    error = last_error();
    if (error == boost::asio::error::would_block) error = {};
    return 0;
}

void PlainStream::attach() {
    if (socket_.is_open() || fd_ < 0) return;
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    using boost::asio::ip::tcp;
    error_code error;
    socket_.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), fd_, error);
    if (error) close();  // the operation that follows then reports a bad descriptor
}

void PlainStream::shut_down_write() const {
    ::shutdown(fd_, SHUT_WR);
}

void PlainStream::close() {
    const int fd = std::exchange(fd_, -1);
    error_code ignored;
    if (socket_.is_open()) {
        socket_.close(ignored);
    } else if (fd >= 0) {
        ::close(fd);
    }
}

}  // namespace shoal::http
