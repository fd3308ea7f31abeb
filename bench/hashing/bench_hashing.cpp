// bench_hashing kernels                             GB/s of one core, one line a kernel: ALGORITHM NAME LANES
// RATE bench_hashing libtorrent PATH FORMAT PIECE THREADS  hashes PATH with libtorrent's set_piece_hashes
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <libtorrent/create_torrent.hpp>
#include <libtorrent/settings_pack.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "torrentgen/hashing/kernel_choice.hpp"

namespace {

void print_kernels() {
    using namespace shoal::hashing;
    for (const Algorithm algorithm : {Algorithm::kSha1, Algorithm::kSha256}) {
        for (const auto& measured : KernelChoice::measured(algorithm).kernels()) {
            fmt::print("{} {} {} {:.3f}\n", algorithm == Algorithm::kSha1 ? "sha1" : "sha256",
                       measured.kernel.name, measured.kernel.lanes, measured.bytes_per_second / 1e9);
        }
    }
}

int to_int(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        throw std::invalid_argument(std::string(text));
    return value;
}

lt::create_flags_t to_flags(std::string_view format) {
    if (format == "v1") return lt::create_torrent::v1_only;
    if (format == "v2") return lt::create_torrent::v2_only;
    return {};
}

void hash_with_libtorrent(const std::string& path, std::string_view format, int piece_size, int threads) {
    lt::file_storage files;
    lt::add_files(files, path, to_flags(format));
    lt::create_torrent torrent(files, piece_size, to_flags(format));
    lt::settings_pack settings;
    settings.set_int(lt::settings_pack::hashing_threads, threads);
    settings.set_int(lt::settings_pack::aio_threads, threads);
    lt::error_code error;
    lt::set_piece_hashes(
        torrent, std::filesystem::path(path).parent_path().string(), settings, [](lt::piece_index_t) {},
        error);
    if (error) throw std::runtime_error(error.message());
    fmt::print("{} bytes\n", torrent.generate_buf().size());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::string_view command = argc > 1 ? argv[1] : "";
        if (command == "kernels" && argc == 2) {
            print_kernels();
        } else if (command == "libtorrent" && argc == 6) {
            hash_with_libtorrent(argv[2], argv[3], to_int(argv[4]), to_int(argv[5]));
        } else {
            fmt::print(stderr, "usage: bench_hashing kernels | libtorrent PATH FORMAT PIECE THREADS\n");
            return 2;
        }
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "bench_hashing: {}\n", error.what());
        return 1;
    }
}
