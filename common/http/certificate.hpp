#pragma once

#include <cstdint>
#include <string>

namespace shoal::http {

/// When a certificate and all others of its chain are valid, in Unix seconds: clients refuse the connection
/// before and after.
struct CertificateValidity {
    std::int64_t begin = 0;  ///< the latest of the chain
    std::int64_t end = 0;    ///< the earliest of the chain

    bool operator==(const CertificateValidity&) const = default;
};

enum class CertificateState { kGood, kExpiresSoon, kExpired, kNotYetValid };

/// @param now  Unix seconds of the wall clock, as clients have it
/// "Soon" is two weeks: long enough to have it renewed by hand, shorter than what is left when programs renew
/// it.
CertificateState state_of(const CertificateValidity& validity, std::int64_t now);

/// "2026-01-31T12:00:00Z"
std::string utc_text(std::int64_t unix_seconds);

}  // namespace shoal::http
