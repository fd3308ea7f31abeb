#include "common/http/server.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/http/listen.hpp"
#include "common/http/worker.hpp"

namespace shoal::http {

struct Server::Impl {
    Shared shared;
    std::vector<Endpoint> addresses;
    std::vector<std::unique_ptr<Worker>> workers;
};

Server::Server(ServerOptions options, Handler handler) : impl_(std::make_unique<Impl>()) {
    impl_->shared.options = std::move(options);
    impl_->shared.handler = std::move(handler);
    const ServerOptions& set = impl_->shared.options;
    for (unsigned i = 0; i < std::max(1u, set.threads); ++i)
        impl_->workers.push_back(std::make_unique<Worker>(impl_->shared));
    for (Endpoint endpoint : set.listen) {
        bool first = true;
        for (const auto& worker : impl_->workers) {
            worker->add_listener(listen_on(endpoint, std::exchange(first, false)),
                                 endpoint.address.is_v6() ? tcp::v6() : tcp::v4());
        }
        impl_->addresses.push_back(endpoint);
    }
}

Server::~Server() {
    stop();
}

const std::vector<Endpoint>& Server::addresses() const {
    return impl_->addresses;
}

void Server::start() {
    for (const auto& worker : impl_->workers) worker->start();
}

void Server::stop() {
    for (const auto& worker : impl_->workers) worker->stop();
    for (const auto& worker : impl_->workers) worker->join();
}

ServerCounters Server::counters() const {
    const Shared& shared = impl_->shared;
    return {shared.open_connections.load(), shared.accepted.load(), shared.refused.load(),
            shared.requests.load()};
}

}  // namespace shoal::http
