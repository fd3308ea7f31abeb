#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "client/download/download_types.hpp"
#include "common/error.hpp"
#include "common/progress_line.hpp"

namespace shoal::client {

/// How a command tells what happens: JSON objects on standard output, or words on it with a progress line and
/// warnings on standard error. docs/client.md describes the objects.
class Report {
  public:
    /// @param several  more than one torrent: the progress line sums them up
    Report(bool json, bool quiet, bool several = false);

    void metadata(const ContentFacts& content);
    void checking(const ContentFacts& content, std::uint64_t bytes_done, std::uint64_t bytes_total);
    void resumed(const ContentFacts& content, std::uint32_t pieces_have);
    void progress(const ContentFacts& content, const DownloadProgress& progress);
    void done(const ContentFacts& content, const DownloadResult& result);
    void listening(const std::string& address);
    void warning(const ContentFacts& content, const std::string& message);
    /// A web seed does not give what the torrent says that it has.
    void web_seed_failed(const ContentFacts& content, const std::string& url,
                         const webseed::Finding& finding);
    void failed(const ContentFacts& content, const Error& error);
    /// Beside the error that ends the program.
    void also_failed(const Error& error);
    /// For `share`: what others need to join.
    void shared(const ContentFacts& content, const std::filesystem::path& torrent, const std::string& magnet);
    /// The session ends well.
    void stopped(const ContentFacts& content, std::uint64_t uploaded);

  private:
    bool json_;
    bool quiet_;
    bool several_;
    std::map<std::string, DownloadProgress> latest_;  // by info-hash, where there are several
    ProgressLine line_;
    std::chrono::steady_clock::time_point last_check_{};
};

}  // namespace shoal::client
