#include "tracker/certificate_watch.hpp"

#include <string_view>

#include "common/log.hpp"

namespace shoal::tracker {
namespace {

std::string_view text_of(http::CertificateState state) {
    switch (state) {
        case http::CertificateState::kExpired:
            return "the TLS certificate has expired, clients refuse it";
        case http::CertificateState::kExpiresSoon:
            return "the TLS certificate expires soon";
        case http::CertificateState::kNotYetValid:
            return "the TLS certificate is not valid yet, clients refuse it";
        case http::CertificateState::kGood:
            break;
    }
    return {};
}

}  // namespace

void CertificateWatch::look(const http::CertificateValidity& validity, std::int64_t now) {
    const http::CertificateState state = state_of(validity, now);
    if (seen_ == validity && state == state_) return;
    seen_ = validity;
    state_ = state;
    if (state == http::CertificateState::kGood) return;
    log::warning(text_of(state), {{"file", file_.native()},
                                  {"valid_from", http::utc_text(validity.begin)},
                                  {"valid_until", http::utc_text(validity.end)}});
}

}  // namespace shoal::tracker
