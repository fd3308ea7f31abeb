#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "common/file_descriptor.hpp"

namespace shoal::client {

/// A file that comes in order from somewhere else: it grows under a hidden name beside its place
/// (".shoal-NAME"), and is there under its own when it is complete. What does not come to that is deleted.
class ArrivingFile {
  public:
    /// Throws Error (kFileSystem), also where something is at `place` and is not to be replaced.
    ArrivingFile(std::filesystem::path place, bool replace);
    ArrivingFile(const ArrivingFile&) = delete;
    ArrivingFile& operator=(const ArrivingFile&) = delete;
    ~ArrivingFile();

    /// Throws Error (kFileSystem).
    void append(std::string_view bytes);
    /// To the disk, and to its place. Throws Error (kFileSystem), also where something came there meanwhile.
    void deliver();

  private:
    std::filesystem::path place_;
    std::filesystem::path growing_;
    bool replace_;
    bool delivered_ = false;
    FileDescriptor file_;
};

}  // namespace shoal::client
