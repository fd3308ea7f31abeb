#include "client/swarm/disk/storage.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

namespace shoal::client::disk {
namespace {

constexpr int kPartsIndex = -1;  // in OpenFiles

std::string hex(const lt::sha1_hash& hash) {
    std::string text;
    for (const unsigned char byte : hash) text += fmt::format("{:02x}", byte);
    return text;
}

void fail(lt::storage_error& error, int reason, lt::file_index_t file, lt::operation_t operation) {
    error = lt::storage_error(lt::error_code(reason, lt::generic_category()), file, operation);
}

/// The first `bytes` of what `parts` still holds; consumes nothing.
std::size_t take(std::span<iovec> parts, std::int64_t bytes, iovec* out, std::size_t most) {
    std::size_t count = 0;
    for (const iovec& part : parts) {
        if (bytes == 0 || count == most) break;
        const auto size = std::min(bytes, static_cast<std::int64_t>(part.iov_len));
        out[count++] = {part.iov_base, static_cast<std::size_t>(size)};
        bytes -= size;
    }
    return count;
}

std::span<iovec> consume(std::span<iovec> parts, std::int64_t bytes) {
    while (bytes > 0) {
        iovec& part = parts.front();
        const auto size = std::min(bytes, static_cast<std::int64_t>(part.iov_len));
        part.iov_base = static_cast<char*>(part.iov_base) + size;
        part.iov_len -= static_cast<std::size_t>(size);
        bytes -= size;
        if (part.iov_len == 0) parts = parts.subspan(1);
    }
    return parts;
}

}  // namespace

Storage::Storage(const lt::storage_params& params, OpenFiles& open_files)
    : files_(params.files),
      renamed_(params.mapped_files ? std::make_unique<lt::file_storage>(*params.mapped_files) : nullptr),
      open_files_(open_files),
      folder_(params.path),
      parts_name_(fmt::format(".{}.parts", hex(params.info_hash))),
      choices_(params.priorities) {}

Storage::~Storage() {
    close_files();
}

std::int64_t Storage::offset_of(lt::piece_index_t piece, int start) const {
    return std::int64_t{static_cast<int>(piece)} * files_.piece_length() + start;
}

void Storage::for_each_extent(std::int64_t offset, std::int64_t bytes,
                              const std::function<bool(const Extent&)>& visit) const {
    for (lt::file_index_t file = files_.file_index_at_offset(offset); bytes > 0 && file < files_.end_file();
         ++file) {
        const std::int64_t in_file = offset - files_.file_offset(file);
        const std::int64_t here = std::min(bytes, files_.file_size(file) - in_file);
        if (here <= 0) continue;
        if (!visit({file, in_file, offset, here})) return;
        offset += here;
        bytes -= here;
    }
}

bool Storage::in_parts(lt::file_index_t file) const {
    const auto index = static_cast<std::size_t>(static_cast<int>(file));
    return index < in_parts_.size() && in_parts_[index];
}

bool Storage::wanted(lt::file_index_t file) const {
    return file >= choices_.end_index() || choices_[file] != lt::dont_download;
}

std::string Storage::path_of(lt::file_index_t file) const {
    return files().file_path(file, folder_);
}

std::string Storage::parts_path() const {
    return folder_ + "/" + parts_name_;
}

OpenFiles::File Storage::open(lt::file_index_t file, bool for_writing, lt::storage_error& error) {
    const int index = static_cast<int>(file);
    if (OpenFiles::File known = open_files_.find(this, index, for_writing)) return known;
    const bool executable = bool(files_.file_flags(file) & lt::file_storage::flag_executable);
    OpenFiles::File opened =
        for_writing
            ? open_files_.create(this, index, path_of(file), files_.file_size(file), executable ? 0777 : 0666)
            : open_files_.open(this, index, path_of(file));
    if (!opened) fail(error, errno, file, lt::operation_t::file_open);
    return opened;
}

OpenFiles::File Storage::open_parts(lt::file_index_t file, bool for_writing, lt::storage_error& error) {
    if (OpenFiles::File known = open_files_.find(this, kPartsIndex, for_writing)) return known;
    OpenFiles::File opened =
        for_writing ? open_files_.create(this, kPartsIndex, parts_path(), files_.total_size(), 0666)
                    : open_files_.open(this, kPartsIndex, parts_path());
    if (!opened) fail(error, errno, file, lt::operation_t::file_open);
    return opened;
}

Storage::Done Storage::read(std::int64_t offset, std::span<char> out, Wait wait, lt::storage_error& error) {
    Done done = Done::kYes;
    for_each_extent(offset, static_cast<std::int64_t>(out.size()), [&](const Extent& extent) {
        done = read_extent(extent, out.data() + (extent.in_torrent - offset), wait, error);
        return done == Done::kYes;
    });
    return done;
}

Storage::Done Storage::read_extent(const Extent& extent, char* out, Wait wait, lt::storage_error& error) {
    if (files_.pad_file_at(extent.file)) {
        std::memset(out, 0, static_cast<std::size_t>(extent.bytes));
        return Done::kYes;
    }
    const bool parts = in_parts(extent.file);
    const OpenFiles::File file =
        parts ? open_parts(extent.file, false, error) : open(extent.file, false, error);
    if (!file) return Done::kFailed;
    std::int64_t at = parts ? extent.in_torrent : extent.in_file;
    auto left = static_cast<std::size_t>(extent.bytes);
    while (left > 0) {
        const iovec part{out, left};
        const ssize_t got = ::preadv2(file->descriptor(), &part, 1, at, wait == Wait::kNo ? RWF_NOWAIT : 0);
        if (got < 0 && errno == EINTR) continue;
        // A file system that can't tell, or a page that is on its way: somebody else waits for it.
        if (wait == Wait::kNo && (got < 0 || static_cast<std::size_t>(got) < left)) return Done::kWouldWait;
        if (got < 0) {
            fail(error, errno, extent.file, lt::operation_t::file_read);
            return Done::kFailed;
        }
        if (got == 0) {
            error = lt::storage_error(lt::errors::file_too_short, extent.file, lt::operation_t::file_read);
            return Done::kFailed;
        }
        out += got;
        at += got;
        left -= static_cast<std::size_t>(got);
    }
    return Done::kYes;
}

bool Storage::untouched(std::int64_t offset, std::int64_t bytes, lt::storage_error& error) const {
    for_each_extent(offset, bytes, [&](const Extent& extent) {
        const OpenFiles::File file = open_files_.find(this, static_cast<int>(extent.file), false);
        const bool theirs = file && !file->writable() && !file->as_opened();
        // Looked at last: who writes says so before.
        if (theirs && !written_)
            error = lt::storage_error(lt::errors::mismatching_file_timestamp, extent.file,
                                      lt::operation_t::file_read);
        return !error;
    });
    return !error;
}

void Storage::write(std::int64_t offset, std::span<const iovec> parts, std::int64_t bytes,
                    lt::storage_error& error) {
    written_ = true;
    std::vector<iovec> rest(parts.begin(), parts.end());
    std::span<iovec> left(rest);
    for_each_extent(offset, bytes, [&](const Extent& extent) {
        if (!files_.pad_file_at(extent.file)) write_extent(extent, left, error);
        left = consume(left, extent.bytes);
        return !error;
    });
}

void Storage::write_extent(const Extent& extent, std::span<iovec> parts, lt::storage_error& error) {
    const bool to_parts = in_parts(extent.file);
    const OpenFiles::File file =
        to_parts ? open_parts(extent.file, true, error) : open(extent.file, true, error);
    if (!file) return;
    std::int64_t at = to_parts ? extent.in_torrent : extent.in_file;
    std::vector<iovec> here(parts.size());
    here.resize(take(parts, extent.bytes, here.data(), here.size()));
    std::span<iovec> rest(here);
    std::int64_t left = extent.bytes;
    while (left > 0) {
        const int count = static_cast<int>(std::min<std::size_t>(rest.size(), IOV_MAX));
        const ssize_t put = ::pwritev(file->descriptor(), rest.data(), count, at);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return fail(error, put < 0 ? errno : ENOSPC, extent.file, lt::operation_t::file_write);
        rest = consume(rest, put);
        at += put;
        left -= put;
    }
}

void Storage::will_read(std::int64_t offset, std::int64_t bytes) {
    for_each_extent(offset, bytes, [&](const Extent& extent) {
        if (files_.pad_file_at(extent.file) || in_parts(extent.file)) return true;
        lt::storage_error ignored;  // the read itself will tell
        if (const OpenFiles::File file = open(extent.file, false, ignored)) {
            ::posix_fadvise(file->descriptor(), extent.in_file, extent.bytes, POSIX_FADV_WILLNEED);
        }
        return true;
    });
}

void Storage::close_files() {
    open_files_.close_all(this);
}

}  // namespace shoal::client::disk
