#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::client {

/// What stat(2) tells of a file. A write by anybody changes it, whatever they do to the modification time.
struct FileStamp {
    std::uint64_t size = 0;
    std::uint64_t inode = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const FileStamp&) const = default;
};

/// Nothing where there is no such file.
std::optional<FileStamp> stamp_of(const std::filesystem::path& path);

/// How far an unfinished download came, as kept beside its content.
struct ResumeRecord {
    std::vector<bool> have;   ///< one element a piece
    std::string swarm_state;  ///< see ResumeDataReady
    /// One a file, in the manifest's order, taken when all that `have` claims was in the files and nothing
    /// was written any more. Empty while the download runs: a record found like that tells where to look, but
    /// is no proof.
    std::vector<std::optional<FileStamp>> stamps;
    /// As in TorrentSpec. With another choice the files hold other parts of the pieces.
    std::vector<std::int8_t> file_choices;
};

/// Framed by a SHA-256, so that a record that was cut or damaged is not believed.
std::string encode_resume_record(const ResumeRecord& record);
/// Nothing for anything that encode_resume_record did not write.
std::optional<ResumeRecord> decode_resume_record(std::string_view bytes);

}  // namespace shoal::client
