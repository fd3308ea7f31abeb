#include "common/bencode_writer.hpp"

#include <fmt/format.h>

#include <iterator>

namespace shoal {

void BencodeWriter::string(std::string_view value) {
    fmt::format_to(std::back_inserter(out_), "{}:", value.size());
    out_ += value;
}

void BencodeWriter::integer(std::int64_t value) {
    fmt::format_to(std::back_inserter(out_), "i{}e", value);
}

void BencodeWriter::entry(std::string_view name, std::string_view value) {
    key(name);
    string(value);
}

void BencodeWriter::entry(std::string_view name, std::int64_t value) {
    key(name);
    integer(value);
}

}  // namespace shoal
