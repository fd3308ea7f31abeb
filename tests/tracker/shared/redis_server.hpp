#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.hpp"
#include "tracker/shared/redis_address.hpp"

namespace shoal::test {

/// Debian's redis-server on a loopback port, with nothing in it; it ends with the object.
class RedisServer {
  public:
    /// @param more  options besides
    explicit RedisServer(std::string password = {}, const std::vector<std::string>& more = {})
        : password_(std::move(password)), port_(free_port()) {
        std::vector<std::string> words{"redis-server",
                                       "--port",
                                       std::to_string(port_),
                                       "--bind",
                                       "127.0.0.1",
                                       "--save",
                                       "",
                                       "--appendonly",
                                       "no",
                                       "--dir",
                                       folder_.path().native()};
        words.insert(words.end(), more.begin(), more.end());
        if (!password_.empty()) words.insert(words.end(), {"--requirepass", password_});
        int output[2];
        if (::pipe2(output, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(output[1], STDOUT_FILENO);
            std::vector<char*> arguments;
            for (std::string& word : words) arguments.push_back(word.data());
            arguments.push_back(nullptr);
            ::execvp(arguments[0], arguments.data());
            ::_exit(127);
        }
        ::close(output[1]);
        wait_until_ready(output[0]);
    }
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;
    ~RedisServer() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        ::close(output_);
    }

    [[nodiscard]] tracker::RedisAddress address() const {
        return tracker::RedisAddress{{node()}, "", password_, 0};
    }
    [[nodiscard]] tracker::RedisNode node() const { return {"127.0.0.1", port_}; }
    /// A replica of it is ready when it has the master's data.
    [[nodiscard]] std::vector<std::string> replica_options() const {
        return {"--replicaof", "127.0.0.1", std::to_string(port_)};
    }

  private:
    static std::uint16_t free_port() {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof name;
        ::bind(fd, reinterpret_cast<sockaddr*>(&name), size);
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
        ::close(fd);
        return ntohs(name.sin_port);
    }
    /// Its log says when; the pipe stays open, or its next line would end it.
    void wait_until_ready(int output) {
        output_ = output;
        std::string log;
        char part[512];
        while (log.find("Ready to accept connections") == std::string::npos) {
            const ssize_t size = ::read(output, part, sizeof part);
            if (size <= 0)
                throw std::runtime_error("redis-server did not start: apt-get install redis-server\n" + log);
            log.append(part, static_cast<std::size_t>(size));
        }
    }

    TemporaryFolder folder_;
    std::string password_;
    std::uint16_t port_;
    pid_t child_ = -1;
    int output_ = -1;
};

}  // namespace shoal::test
