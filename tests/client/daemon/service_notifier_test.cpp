#include "client/daemon/service_notifier.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "tests/support/temporary_folder.hpp"

namespace shoal::daemon {
namespace {

TEST(ServiceNotifier, SendsOneDatagram) {
    test::TemporaryFolder folder;
    const std::string path = (folder / "notify").string();
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_TRUE(ServiceNotifier(path).send("READY=1\nSTATUS=fine"));
    std::array<char, 100> buffer{};
    const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(0, size))),
              "READY=1\nSTATUS=fine");
    ::close(fd);
    EXPECT_FALSE(ServiceNotifier(path + "x").send("READY=1"));
}

TEST(ServiceNotifier, IsSilentWithoutAListener) {
    EXPECT_FALSE(ServiceNotifier("").send("READY=1"));
    EXPECT_FALSE(ServiceNotifier(std::string(500, 'x')).send("READY=1"));
}

}  // namespace
}  // namespace shoal::daemon
