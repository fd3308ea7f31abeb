#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <libtorrent/session_handle.hpp>
#include <libtorrent/torrent_flags.hpp>
#include <libtorrent/torrent_status.hpp>
#include <set>
#include <system_error>

#include "client/swarm/disk/storage.hpp"

namespace shoal::client::disk {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kCopyBytes = 256 << 10;

void fail(lt::storage_error& error, int reason, lt::file_index_t file, lt::operation_t operation) {
    error = lt::storage_error(lt::error_code(reason, lt::generic_category()), file, operation);
}

/// Bytes, -1 where there is no such file, or -2 with errno where that can't be told.
std::int64_t size_of(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) return info.st_size;
    return errno == ENOENT || errno == ENOTDIR ? -1 : -2;
}

bool exists(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0;
}

std::error_code make_parents(const std::string& path) {
    std::error_code error;
    fs::create_directories(fs::path(path).parent_path(), error);
    return error;
}

/// Within a file system a rename, otherwise a copy; a file that is not there is no error.
/// @return 0 or errno
int move_file(const std::string& from, const std::string& to) {
    if (!exists(from)) return 0;
    if (const auto error = make_parents(to)) return error.value();
    if (::rename(from.c_str(), to.c_str()) == 0) return 0;
    if (errno != EXDEV) return errno;
    std::error_code error;
    fs::copy(from, to, fs::copy_options::overwrite_existing | fs::copy_options::copy_symlinks, error);
    if (!error) {
        fs::remove(from, error);
        return error.value();
    }
    // Half a copy would be in the way of the next try.
    std::error_code ignored;
    fs::remove(to, ignored);
    return error.value();
}

bool same_file(const std::string& one, const std::string& other) {
    struct stat here {};
    struct stat there {};
    return ::lstat(one.c_str(), &here) == 0 && ::lstat(other.c_str(), &there) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/// The folders of these files that are empty now, the deepest first.
void remove_empty_folders(const lt::file_storage& files, const std::string& folder) {
    std::set<fs::path> folders;
    for (const lt::file_index_t file : files.file_range()) {
        if (files.file_absolute_path(file)) continue;
        for (fs::path path = fs::path(files.file_path(file)).parent_path(); !path.empty();
             path = path.parent_path()) {
            folders.insert(path);
        }
    }
    for (auto path = folders.rbegin(); path != folders.rend(); ++path)
        ::rmdir((fs::path(folder) / *path).c_str());
}

}  // namespace

lt::status_t Storage::check(const lt::add_torrent_params* resume, const std::vector<std::string>& links,
                            lt::storage_error& error) {
    const lt::status_t oversized = prepare(error);
    if (error) return lt::status_t::fatal_disk_error | oversized;
    bool linked = false;
    if (!link_files(links, linked, error)) return lt::status_t::fatal_disk_error | oversized;
    const bool recorded =
        resume != nullptr && (!resume->have_pieces.empty() || (resume->flags & lt::torrent_flags::seed_mode));
    const bool trusted = recorded ? !linked && as_recorded(*resume, error) : !has_any_file();
    return (trusted ? lt::status_t::no_error : lt::status_t::need_full_check) | oversized;
}

lt::status_t Storage::prepare(lt::storage_error& error) {
    in_parts_.clear();
    lt::status_t result{};
    for (const lt::file_index_t file : files().file_range()) {
        if (files().pad_file_at(file)) continue;
        const std::int64_t size = size_of(path_of(file));
        if (size == -2) {
            fail(error, errno, file, lt::operation_t::file_stat);
            return result;
        }
        if (size > files().file_size(file)) result = result | lt::status_t::oversized_file;
        if (wanted(file)) {
            if (files().file_size(file) == 0 && !make_empty(file, error)) return result;
        } else if (size < 0) {
            mark_in_parts(file);
        } else if (hidden(file) && !put_into_parts(file, error)) {
            return result;
        }
    }
    return result;
}

bool Storage::make_empty(lt::file_index_t file, lt::storage_error& error) const {
    const std::string path = path_of(file);
    if (exists(path)) return true;
    if (const auto reason = make_parents(path)) {
        fail(error, reason.value(), file, lt::operation_t::mkdir);
        return false;
    }
    if (files().file_flags(file) & lt::file_storage::flag_symlink) {
        const fs::path link = files().file_path(file);
        const std::string to =
            fs::path(files().symlink(file)).lexically_relative(link.parent_path()).string();
        if (::symlink(to.c_str(), path.c_str()) == 0) return true;
        fail(error, errno, file, lt::operation_t::symlink);
        return false;
    }
    const bool executable = bool(files().file_flags(file) & lt::file_storage::flag_executable);
    const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, executable ? 0777 : 0666);
    if (made < 0) {
        fail(error, errno, file, lt::operation_t::file_open);
        return false;
    }
    ::close(made);
    return true;
}

bool Storage::link_files(const std::vector<std::string>& links, bool& linked,
                         lt::storage_error& error) const {
    for (std::size_t index = 0; index < links.size(); ++index) {
        if (links[index].empty()) continue;
        const lt::file_index_t file(static_cast<int>(index));
        const std::string path = path_of(file);
        const auto reason = make_parents(path);
        if (!reason && ::link(links[index].c_str(), path.c_str()) == 0) {
            linked = true;
        } else if (reason || errno != EEXIST) {
            fail(error, reason ? reason.value() : errno, file, lt::operation_t::file_hard_link);
            return false;
        }
    }
    return true;
}

/// Every file that is said to be complete must be as long as it should be, and of every other one with a
/// piece something must be there.
bool Storage::as_recorded(const lt::add_torrent_params& resume, lt::storage_error& error) const {
    const bool seed = (resume.flags & lt::torrent_flags::seed_mode) ||
                      (resume.have_pieces.size() >= files().num_pieces() && resume.have_pieces.all_set());
    for (const lt::file_index_t file : files().file_range()) {
        const std::int64_t bytes = files().file_size(file);
        if (files().pad_file_at(file) || bytes == 0) continue;
        if (!wanted(file) && !(resume.flags & lt::torrent_flags::seed_mode)) continue;
        bool expected = seed;
        const lt::piece_index_t end(
            static_cast<int>((files().file_offset(file) + bytes - 1) / files().piece_length()) + 1);
        for (lt::piece_index_t piece = files().piece_index_at_file(file);
             !expected && piece < std::min(end, resume.have_pieces.end_index()); ++piece) {
            expected = resume.have_pieces.get_bit(piece);
        }
        if (!expected) continue;
        const std::int64_t size = size_of(path_of(file));
        if (size == -2) {
            fail(error, errno, file, lt::operation_t::file_stat);
            return false;
        }
        if (size < 0 || (seed && size < bytes)) {
            error = lt::storage_error(lt::errors::mismatching_file_size, file, lt::operation_t::check_resume);
            return false;
        }
    }
    return true;
}

bool Storage::has_any_file() const {
    for (const lt::file_index_t file : files().file_range()) {
        if (!files().pad_file_at(file) && size_of(path_of(file)) > 0) return true;
    }
    return false;
}

lt::status_t Storage::move(const std::string& folder, lt::move_flags_t flags, lt::storage_error& error) {
    const fs::path target = fs::absolute(folder);
    std::vector<std::pair<std::string, std::string>> moves;
    lt::status_t result = lt::status_t::no_error;
    std::vector<lt::file_index_t> which;
    for (const lt::file_index_t file : files().file_range()) {
        if (files().file_absolute_path(file) || files().pad_file_at(file)) continue;
        const std::string to = (target / files().file_path(file)).string();
        // Our owner moved it, and reaches it by both names.
        if (same_file(path_of(file), to)) continue;
        if (flags != lt::move_flags_t::always_replace_files && exists(to)) {
            if (flags == lt::move_flags_t::fail_if_exist) {
                fail(error, EEXIST, file, lt::operation_t::file_stat);
                return lt::status_t::file_exist;
            }
            result = lt::status_t::need_full_check;
            continue;
        }
        moves.emplace_back(path_of(file), to);
        which.push_back(file);
    }
    if (const std::string to = (target / parts_name_).string(); !same_file(parts_path(), to)) {
        moves.emplace_back(parts_path(), to);
        which.push_back(lt::torrent_status::error_file_partfile);
    }
    close_files();
    std::error_code made;
    fs::create_directories(target, made);
    if (made) {
        fail(error, made.value(), lt::torrent_status::error_file_none, lt::operation_t::mkdir);
        return lt::status_t::fatal_disk_error;
    }
    for (std::size_t i = 0; i < moves.size(); ++i) {
        const int reason = move_file(moves[i].first, moves[i].second);
        if (reason == 0) continue;
        fail(error, reason, which[i], lt::operation_t::file_rename);
        for (std::size_t back = i; back-- > 0;) move_file(moves[back].second, moves[back].first);
        return lt::status_t::fatal_disk_error;
    }
    remove_empty_folders(files(), folder_);
    folder_ = target.string();
    written_ = false;  // what is opened from now on is opened by its new name
    return result;
}

void Storage::rename(lt::file_index_t file, const std::string& name, lt::storage_error& error) {
    if (file < lt::file_index_t(0) || file >= files().end_file()) return;
    const std::string from = path_of(file);
    auto renamed = std::make_unique<lt::file_storage>(files());
    renamed->rename_file(file, name);
    const std::string to = renamed->file_path(file, folder_);
    // What has its place in the parts' file is not there; what is would be somebody else's.
    if (!in_parts(file) && !same_file(from, to)) {
        const bool moves = exists(from);
        close_files();
        const int reason = moves && exists(to) ? EEXIST : move_file(from, to);
        if (reason != 0) return fail(error, reason, file, lt::operation_t::file_rename);
    }
    close_files();
    renamed_ = std::move(renamed);
}

void Storage::remove(lt::remove_flags_t what, lt::storage_error& error) {
    close_files();
    const auto unlink_file = [&](const std::string& path, lt::file_index_t file) {
        if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
            fail(error, errno, file, lt::operation_t::file_remove);
        }
    };
    if (what & lt::session_handle::delete_files) {
        for (const lt::file_index_t file : files().file_range()) {
            if (!files().pad_file_at(file)) unlink_file(path_of(file), file);
        }
        remove_empty_folders(files(), folder_);
    }
    unlink_file(parts_path(), lt::torrent_status::error_file_partfile);
}

void Storage::choose(lt::aux::vector<lt::download_priority_t, lt::file_index_t>& choices,
                     lt::storage_error& error) {
    for (lt::file_index_t file(0); file < choices.end_index() && file < files().end_file(); ++file) {
        if (files().pad_file_at(file)) continue;
        const bool was_wanted = wanted(file);
        const bool is_wanted = choices[file] != lt::dont_download;
        bool moved = true;
        if (!was_wanted && is_wanted) {
            moved = (!in_parts(file) || take_out_of_parts(file, error)) &&
                    (files().file_size(file) > 0 || make_empty(file, error));
        } else if (was_wanted && !is_wanted && size_of(path_of(file)) < 0) {
            mark_in_parts(file);
        } else if (was_wanted && !is_wanted && hidden(file)) {
            moved = put_into_parts(file, error);
        }
        if (!moved) {
            choices = choices_;
            return;
        }
        if (file >= choices_.end_index()) {
            choices_.resize(static_cast<std::size_t>(static_cast<int>(file)) + 1, lt::default_priority);
        }
        choices_[file] = choices[file];
    }
}

bool Storage::take_out_of_parts(lt::file_index_t file, lt::storage_error& error) {
    in_parts_[static_cast<std::size_t>(static_cast<int>(file))] = false;
    if (!exists(parts_path())) return true;
    const OpenFiles::File parts = open_parts(file, true, error);
    if (!parts) return false;
    const std::int64_t start = files().file_offset(file);
    const std::int64_t end = start + files().file_size(file);
    std::vector<char> buffer(kCopyBytes);
    std::int64_t at = start;
    while (at < end) {
        // Only what was written: the rest of the sparse file is holes.
        const off_t data = ::lseek(parts->descriptor(), at, SEEK_DATA);
        if (data < 0 || data >= end) break;
        const auto most = std::min<std::int64_t>(end - data, static_cast<std::int64_t>(buffer.size()));
        const ssize_t got = ::pread(parts->descriptor(), buffer.data(), static_cast<std::size_t>(most), data);
        if (got < 0 && errno == EINTR) continue;
        if (got == 0) break;
        if (got < 0) fail(error, errno, file, lt::operation_t::partfile_read);
        const iovec part{buffer.data(), static_cast<std::size_t>(got)};
        if (!error) write(data, {&part, 1}, got, error);
        if (error) {
            // Half of it under its name would be taken for all of it after a restart.
            close_files();
            ::unlink(path_of(file).c_str());
            in_parts_[static_cast<std::size_t>(static_cast<int>(file))] = true;
            return false;
        }
        at = data + got;
    }
    // Its place there is free again; a file system that can't punch holes keeps it until the torrent goes.
    [[maybe_unused]] const int punched =
        ::fallocate(parts->descriptor(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, start, end - start);
    return true;
}

void Storage::mark_in_parts(lt::file_index_t file) {
    in_parts_.resize(static_cast<std::size_t>(files().num_files()));
    in_parts_[static_cast<std::size_t>(static_cast<int>(file))] = true;
}

bool Storage::hidden(lt::file_index_t file) const {
    return path_of(file).find("/.shoal-") != std::string::npos;
}

bool Storage::put_into_parts(lt::file_index_t file, lt::storage_error& error) {
    const std::string path = path_of(file);
    if (files().file_size(file) > 0) {
        const OpenFiles::File from = open(file, false, error);
        if (!from) return false;
        const OpenFiles::File parts = open_parts(file, true, error);
        if (!parts) return false;
        off_t at = 0;
        while (at < files().file_size(file)) {
            const off_t data = ::lseek(from->descriptor(), at, SEEK_DATA);
            if (data < 0 || data >= files().file_size(file)) break;
            const off_t hole = ::lseek(from->descriptor(), data, SEEK_HOLE);
            const off_t end =
                std::min<off_t>(hole < 0 ? files().file_size(file) : hole, files().file_size(file));
            off_t in = data;
            off_t out = files().file_offset(file) + data;
            while (in < end) {
                const ssize_t copied = ::copy_file_range(from->descriptor(), &in, parts->descriptor(), &out,
                                                         static_cast<std::size_t>(end - in), 0);
                if (copied < 0 && errno == EINTR) continue;
                if (copied <= 0) {
                    fail(error, copied < 0 ? errno : EIO, file, lt::operation_t::partfile_write);
                    return false;  // it stays where it is; what was copied is its content too
                }
            }
            at = end;
        }
    }
    close_files();
    if (::unlink(path.c_str()) != 0) {
        fail(error, errno, file, lt::operation_t::file_remove);
        return false;
    }
    mark_in_parts(file);
    return true;
}

}  // namespace shoal::client::disk
