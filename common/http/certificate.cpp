#include "common/http/certificate.hpp"

#include <fmt/chrono.h>

namespace shoal::http {

CertificateState state_of(const CertificateValidity& validity, std::int64_t now) {
    constexpr std::int64_t kSoon = 14 * 24 * 3600;
    if (now < validity.begin) return CertificateState::kNotYetValid;
    if (now > validity.end) return CertificateState::kExpired;
    return validity.end - now < kSoon ? CertificateState::kExpiresSoon : CertificateState::kGood;
}

std::string utc_text(std::int64_t unix_seconds) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
}

}  // namespace shoal::http
