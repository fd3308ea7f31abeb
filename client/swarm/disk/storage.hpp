#pragma once

#include <sys/uio.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/disk_interface.hpp>
#include <libtorrent/file_storage.hpp>
#include <libtorrent/storage_defs.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "client/swarm/disk/open_files.hpp"

namespace shoal::client::disk {

/// The content of one torrent in its files. Offsets are bytes from the torrent's start. read() and write()
/// may be called by several threads at once, the others only while nothing else runs (see JobGate).
///
/// What belongs to files that are not wanted, but comes with a piece of a wanted one, goes into one sparse
/// file beside the content, `.INFOHASH.parts`, at the place that it has in the torrent. Below a folder
/// `.shoal-...` nothing has its final name yet: what is there of a file that is not wanted any more goes into
/// that file too, so that its owner may move all of the folder into place.
class Storage {
  public:
    enum class Wait { kYes, kNo };
    enum class Done { kYes, kWouldWait, kFailed };

    Storage(const lt::storage_params& params, OpenFiles& open_files);
    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;
    ~Storage();

    [[nodiscard]] const lt::file_storage& files() const { return renamed_ ? *renamed_ : files_; }
    [[nodiscard]] std::int64_t offset_of(lt::piece_index_t piece, int start) const;

    /// Fills `out`. With Wait::kNo only from the page cache (kWouldWait otherwise).
    Done read(std::int64_t offset, std::span<char> out, Wait wait, lt::storage_error& error);
    /// Of files that only we and readers should have open: false where somebody else wrote to one of them
    /// since it was opened, so that what was read need not be what was verified; `error` says so.
    bool untouched(std::int64_t offset, std::int64_t bytes, lt::storage_error& error) const;
    /// Writes `bytes` in all from `parts`, one after the other.
    void write(std::int64_t offset, std::span<const iovec> parts, std::int64_t bytes,
               lt::storage_error& error);
    /// Tells the kernel that this will be read soon and in order.
    void will_read(std::int64_t offset, std::int64_t bytes);

    /// Makes what needs no content (empty files, links) and compares what is there with the resume data.
    lt::status_t check(const lt::add_torrent_params* resume, const std::vector<std::string>& links,
                       lt::storage_error& error);
    lt::status_t move(const std::string& folder, lt::move_flags_t flags, lt::storage_error& error);
    /// Moves it along, if it is there. Fails where something else has the new name.
    void rename(lt::file_index_t file, const std::string& name, lt::storage_error& error);
    void remove(lt::remove_flags_t what, lt::storage_error& error);
    /// Changes `choices` back to what is in force where it fails.
    void choose(lt::aux::vector<lt::download_priority_t, lt::file_index_t>& choices,
                lt::storage_error& error);
    void close_files();
    [[nodiscard]] const std::string& folder() const { return folder_; }

  private:
    /// A run of bytes of one file.
    struct Extent {
        lt::file_index_t file;
        std::int64_t in_file;
        std::int64_t in_torrent;
        std::int64_t bytes;
    };

    /// Calls `visit` for each file in the range until it returns false.
    void for_each_extent(std::int64_t offset, std::int64_t bytes,
                         const std::function<bool(const Extent&)>& visit) const;
    [[nodiscard]] bool in_parts(lt::file_index_t file) const;
    [[nodiscard]] bool wanted(lt::file_index_t file) const;
    [[nodiscard]] std::string path_of(lt::file_index_t file) const;
    [[nodiscard]] std::string parts_path() const;
    /// Null where it fails; `error` says why.
    OpenFiles::File open(lt::file_index_t file, bool for_writing, lt::storage_error& error);
    /// @param file  for whom, and what an error names: libtorrent looks the file of a failed hash up
    OpenFiles::File open_parts(lt::file_index_t file, bool for_writing, lt::storage_error& error);
    Done read_extent(const Extent& extent, char* out, Wait wait, lt::storage_error& error);
    void write_extent(const Extent& extent, std::span<iovec> parts, lt::storage_error& error);

    // storage_files.cpp: everything but reading and writing
    lt::status_t prepare(lt::storage_error& error);
    bool make_empty(lt::file_index_t file, lt::storage_error& error) const;
    bool link_files(const std::vector<std::string>& links, bool& linked, lt::storage_error& error) const;
    bool as_recorded(const lt::add_torrent_params& resume, lt::storage_error& error) const;
    [[nodiscard]] bool has_any_file() const;
    /// Is its path in a hidden folder, where nothing is finished?
    [[nodiscard]] bool hidden(lt::file_index_t file) const;
    bool take_out_of_parts(lt::file_index_t file, lt::storage_error& error);
    bool put_into_parts(lt::file_index_t file, lt::storage_error& error);
    void mark_in_parts(lt::file_index_t file);

    const lt::file_storage& files_;
    std::unique_ptr<lt::file_storage> renamed_;
    OpenFiles& open_files_;
    std::string folder_;
    std::string parts_name_;
    lt::aux::vector<lt::download_priority_t, lt::file_index_t> choices_;
    std::atomic<bool> written_{false};  // by us: the times of the files say nothing then
    std::vector<bool> in_parts_;        // one a file, as far as any is; empty: none
};

}  // namespace shoal::client::disk
