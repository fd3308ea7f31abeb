#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "channel/publication.hpp"

namespace shoal::client {

/// The channels' part of a tracker's API. What it answers is signed, and for the caller to verify.
class ChannelTracker {
  public:
    /// @param announce_url  as a channel's root has it; the API is at the same host
    /// @param admin_token   empty: none
    explicit ChannelTracker(std::string_view announce_url, std::string admin_token = {});

    [[nodiscard]] const std::string& url() const { return url_; }

    /// The current publication; empty: nothing was published yet. Like the others it throws Error: kNoPeer
    /// where the tracker cannot be reached, kRefused where it refuses a signature or a sequence, kUsage for a
    /// wrong token, kFailed with its words for all else.
    [[nodiscard]] std::string publication(const std::string& name) const;
    void send_root(std::string_view file) const;
    void send_publication(const std::string& name, std::string_view bytes) const;

  private:
    struct Answer {
        long status = 0;
        std::string body;
    };
    [[nodiscard]] Answer call(const std::string& method, const std::string& path,
                              std::string_view body) const;
    [[noreturn]] void refuse(const Answer& answer) const;

    std::string url_;  ///< of /api/v1/channels
    std::string admin_token_;
};

/// No answer may be larger.
inline constexpr std::size_t kMaxManifestOfRelease = std::size_t{16} << 20;

}  // namespace shoal::client
