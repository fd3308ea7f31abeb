#include "client/content/staging_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <sstream>
#include <system_error>

#include "common/error.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {

namespace fs = std::filesystem;

namespace {

constexpr const char* kDelivery = "delivery";
constexpr const char* kReplaced = "replaced";  // by a delivery that could not swap
constexpr std::size_t kHashDigits = 16;        // 64 bits: two torrents of one folder do not meet by chance

void make_folder(const fs::path& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) throw file_error(path.string(), error.value());
}

bool is_there(const fs::path& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0;
}

bool is_folder(const fs::path& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// Like make_folder, but not through links: what is below `root` stays below it.
void make_folders_below(const fs::path& root, const fs::path& relative) {
    fs::path folder = root;
    for (const fs::path& element : relative) {
        folder /= element;
        if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) throw file_error(folder.string(), errno);
        if (!is_folder(folder)) {
            throw Error(ExitCode::kFileSystem, folder.string(), "is there already, and is no folder",
                        "move it away, or choose another folder with -o");
        }
    }
}

std::optional<std::string> read_if_there(const fs::path& path) {
    if (!is_there(path)) return std::nullopt;
    return read_file(path, manifest::kMaxManifestBytes);
}

/// Some file systems (NFS, FUSE) know no flags of renameat2(2).
bool flags_unsupported(int error_number) {
    return error_number == EINVAL || error_number == ENOSYS || error_number == ENOTSUP;
}

/// @return 0 or errno: EEXIST where something is called `to`
int rename_to_free_name(const fs::path& from, const fs::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
    if (!flags_unsupported(errno)) return errno;
    if (is_there(to)) return EEXIST;
    return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

/// A rename keeps it. 0 where there is nothing.
std::uint64_t inode_of(const fs::path& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

}  // namespace

StagingFolder::StagingFolder(const fs::path& target, std::string_view info_hash)
    : target_(fs::absolute(target)),
      folder_(target_ / fmt::format(".shoal-{}", info_hash.substr(0, kHashDigits))) {}

StagingFolder::~StagingFolder() {
    if (lock_ >= 0) ::close(lock_);
}

void StagingFolder::open() {
    if (lock_ >= 0) return;
    make_folder(folder_ / "content");
    const fs::path lock = folder_ / "lock";
    lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (lock_ < 0) throw file_error(lock.string(), errno);
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock_);
        lock_ = -1;
        throw Error(ExitCode::kFileSystem, target_.string(),
                    "another shoal downloads the same torrent into it",
                    "wait for that one, or choose another folder with -o");
    }
    // Of a run that was killed when all was delivered: what comes now would be written to its place.
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_ / "content")) {
        if (entry.is_symlink() && ::unlink(entry.path().c_str()) != 0)
            throw file_error(entry.path().string(), errno);
    }
    point_session_folder("content");
}

fs::path StagingFolder::content(const std::string& name) const {
    return folder_ / "content" / name;
}

void StagingFolder::save_manifest(std::string_view bytes) const {
    write_file_atomically(folder_ / "manifest", bytes, Overwrite::kYes);
}
std::optional<std::string> StagingFolder::load_manifest() const {
    return read_if_there(folder_ / "manifest");
}
void StagingFolder::save_resume(std::string_view bytes) const {
    write_file_atomically(folder_ / "resume", bytes, Overwrite::kYes);
}
std::optional<std::string> StagingFolder::load_resume() const {
    return read_if_there(folder_ / "resume");
}

void StagingFolder::deliver(const std::string& name, OldContent old) {
    note_delivery(name, {}, old);
    rename_into_place(content(name), target_ / name, old);
    point_session_folder("..");
    sync_folder(target_);
}

void StagingFolder::deliver_files(const std::string& name, const std::vector<std::string>& files,
                                  OldContent old) {
    const fs::path from = content(name);
    const fs::path to = target_ / name;
    note_delivery(name, files, old);
    if (is_folder(to)) {
        for (const std::string& file : files) {
            make_folders_below(to, fs::path(file).parent_path());
            rename_into_place(from / file, to / file, old);
        }
    } else {
        rename_into_place(from, to, old);
    }
    // What is left is empty folders, or what was replaced.
    std::error_code error;
    fs::remove_all(from, error);
    if (error) throw file_error(from.string(), error.value());
    const fs::path link_target = fs::path("../..") / name;
    if (::symlink(link_target.c_str(), from.c_str()) != 0) throw file_error(from.string(), errno);
    sync_folder(to);
    sync_folder(target_);
}

void StagingFolder::rename_into_place(const fs::path& from, const fs::path& to, OldContent old) const {
    if (old == OldContent::kRefuse || !is_there(to)) {
        if (const int reason = rename_to_free_name(from, to)) throw file_error(to.string(), reason);
        return;
    }
    // Swapped rather than removed first: there is never a moment without either.
    fs::path replaced = from;
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) != 0) {
        if (!flags_unsupported(errno)) throw file_error(to.string(), errno);
        replaced = folder_ / kReplaced;
        if (::rename(to.c_str(), replaced.c_str()) != 0) throw file_error(to.string(), errno);
        if (::rename(from.c_str(), to.c_str()) != 0) throw file_error(to.string(), errno);
    }
    if (old == OldContent::kKeep) keep(replaced, to);
}

void StagingFolder::keep(const fs::path& replaced, const fs::path& place) const {
    constexpr int kMostKept = 10'000;
    fs::path name = place.string() + ".old";
    for (int number = 2;; ++number) {
        const int reason = rename_to_free_name(replaced, name);
        if (reason == 0) return;
        if (reason != EEXIST || number > kMostKept) throw file_error(name.string(), reason);
        name = fmt::format("{}.old.{}", place.string(), number);
    }
}

/// "INODE OLD" of the content, then a line "INODE PATH" for each file that is delivered alone.
struct StagingFolder::Note {
    std::uint64_t inode = 0;
    OldContent old = OldContent::kRefuse;
    std::vector<std::pair<std::uint64_t, std::string>> files;
};

void StagingFolder::note_delivery(const std::string& name, const std::vector<std::string>& files,
                                  OldContent old) const {
    std::string note = fmt::format("{} {}", inode_of(content(name)), static_cast<int>(old));
    for (const std::string& file : files)
        note += fmt::format("\n{} {}", inode_of(content(name) / file), file);
    write_file_atomically(folder_ / kDelivery, note, Overwrite::kYes);
}

std::optional<StagingFolder::Note> StagingFolder::read_note() const {
    const auto text = read_if_there(folder_ / kDelivery);
    if (!text) return std::nullopt;
    std::istringstream lines(*text);
    Note note;
    int old = 0;
    lines >> note.inode >> old;
    if (old >= static_cast<int>(OldContent::kRefuse) && old <= static_cast<int>(OldContent::kKeep))
        note.old = static_cast<OldContent>(old);
    std::string rest;
    std::getline(lines, rest);
    std::uint64_t inode = 0;
    while (lines >> inode && lines.get() == ' ' && std::getline(lines, rest))
        note.files.emplace_back(inode, rest);
    return note;
}

std::vector<std::string> StagingFolder::noted_files() const {
    std::vector<std::string> files;
    const auto note = read_note();
    for (std::size_t i = 0; note && i < note->files.size(); ++i) files.push_back(note->files[i].second);
    return files;
}

StagingFolder::Delivery StagingFolder::finish_delivery(const std::string& name) {
    const auto note = read_note();
    if (!note) return Delivery::kNone;
    const fs::path place = target_ / name;
    if (note->inode != 0 && inode_of(place) == note->inode) {
        if (note->old == OldContent::kKeep) {
            for (const fs::path& replaced : {content(name), folder_ / kReplaced})
                if (is_there(replaced) && !fs::is_symlink(replaced)) keep(replaced, place);
        }
        return Delivery::kOver;
    }
    return note->files.empty() ? Delivery::kBegun : finish_files(name, *note);
}

StagingFolder::Delivery StagingFolder::finish_files(const std::string& name, const Note& note) {
    const fs::path to = target_ / name;
    const auto delivered = [&](const auto& file) {
        return file.first != 0 && inode_of(to / file.second) == file.first;
    };
    const fs::path link = content(name);
    // The link is made when all of them are in their places.
    if (fs::is_symlink(link))
        return std::all_of(note.files.begin(), note.files.end(), delivered) ? Delivery::kOver
                                                                            : Delivery::kBegun;
    try {
        open();  // nobody else is at it
        for (const auto& file : note.files) {
            const fs::path from = link / file.second;
            const fs::path place = to / file.second;
            if (!delivered(file)) {
                if (file.first == 0 || inode_of(from) != file.first) return Delivery::kBegun;
                make_folders_below(to, fs::path(file.second).parent_path());
                rename_into_place(from, place, note.old);
            } else if (note.old == OldContent::kKeep) {
                for (const fs::path& replaced : {from, folder_ / kReplaced})
                    if (is_there(replaced)) keep(replaced, place);
            }
        }
        sync_folder(to);
    } catch (const Error&) {
        return Delivery::kBegun;
    }
    return Delivery::kOver;
}

void StagingFolder::sync() const {
    // One call for any number of files; what others wrote to the same disk goes with it.
    if (::syncfs(lock_) != 0) throw file_error(target_.string(), errno);
}

void StagingFolder::remove() {
    std::error_code error;
    // The note goes last: after a kill in here it tells that all was delivered.
    for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code ignored;  // told below
        if (entry->path().filename() != kDelivery) fs::remove_all(entry->path(), ignored);
    }
    fs::remove_all(folder_, error);
    if (error) throw file_error(folder_.string(), error.value());
}

void StagingFolder::remove_leftovers() {
    if (!is_there(folder_)) return;
    try {
        open();
    } catch (const Error&) {
        return;  // somebody else's, who removes it
    }
    remove();
}

void StagingFolder::remove_if_unused() {
    std::error_code ignored;
    const bool unused = !is_there(folder_ / "content") || fs::is_empty(folder_ / "content", ignored);
    if (unused && fs::is_directory(folder_, ignored)) remove();
}

void StagingFolder::point_session_folder(const fs::path& to) const {
    const fs::path next = folder_ / "at.next";
    ::unlink(next.c_str());
    if (::symlink(to.c_str(), next.c_str()) != 0) throw file_error(next.string(), errno);
    if (::rename(next.c_str(), session_folder().c_str()) != 0) throw file_error(next.string(), errno);
}

}  // namespace shoal::client
