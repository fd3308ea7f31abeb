#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "common/http/certificate.hpp"

namespace shoal::tracker {

/// Warns in the log of a certificate that clients refuse, or soon will: once for each certificate and state.
class CertificateWatch {
  public:
    explicit CertificateWatch(std::filesystem::path file) : file_(std::move(file)) {}

    /// @param validity  of the certificate in use
    /// @param now       Unix seconds of the wall clock
    void look(const http::CertificateValidity& validity, std::int64_t now);

  private:
    std::filesystem::path file_;
    std::optional<http::CertificateValidity> seen_;
    http::CertificateState state_ = http::CertificateState::kGood;
};

}  // namespace shoal::tracker
