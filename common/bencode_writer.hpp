#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace shoal {

/// Appends bencoding (BEP 3) to a string. The caller writes dictionary keys in byte order and closes what it
/// opens.
class BencodeWriter {
  public:
    explicit BencodeWriter(std::string& out) : out_(out) {}

    void begin_dict() { out_ += 'd'; }
    void begin_list() { out_ += 'l'; }
    void end() { out_ += 'e'; }
    void string(std::string_view value);
    void integer(std::int64_t value);
    /// Something that is bencoded already.
    void raw(std::string_view value) { out_ += value; }

    void key(std::string_view name) { string(name); }
    void entry(std::string_view name, std::string_view value);
    void entry(std::string_view name, std::int64_t value);

  private:
    std::string& out_;
};

}  // namespace shoal
