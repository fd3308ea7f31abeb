#include "common/http/server.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "common/http/listen.hpp"
#include "common/http/tls_context.hpp"
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
    if (set.tls) impl_->shared.tls = make_tls_context(*set.tls);
    for (unsigned i = 0; i < std::max(1u, set.threads); ++i)
        impl_->workers.push_back(std::make_unique<Worker>(impl_->shared));
    for (Endpoint endpoint : set.listen) {
        bool first = true;
        for (const auto& worker : impl_->workers) {
            worker->add_listener(listen_on(endpoint, std::exchange(first, false)));
        }
        impl_->addresses.push_back(endpoint);
    }
    for (const auto& path : set.listen_paths) impl_->workers.front()->add_listener(listen_on_path(path));
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

void Server::reload_tls() {
    const auto& files = impl_->shared.options.tls;
    if (!files) return;
    auto context = make_tls_context(*files);
    const std::lock_guard lock(impl_->shared.tls_mutex);
    impl_->shared.tls = std::move(context);
}

std::optional<CertificateValidity> Server::certificate() const {
    const std::lock_guard lock(impl_->shared.tls_mutex);
    if (!impl_->shared.tls) return std::nullopt;
    return validity_of(*impl_->shared.tls);
}

void Server::stop() {
    for (const auto& worker : impl_->workers) worker->stop();
    for (const auto& worker : impl_->workers) worker->join();
}

std::optional<CertificateValidity> check(const ServerOptions& options) {
    if (!options.tls) return std::nullopt;
    return validity_of(*make_tls_context(*options.tls));
}

ServerCounters Server::counters() const {
    const Shared& shared = impl_->shared;
    return {shared.open_connections.load(), shared.accepted.load(), shared.refused.load(),
            shared.requests.load()};
}

}  // namespace shoal::http
