// One peer on libtorrent's own default settings: what a program gets that sets nothing. It looks for no peers
// outside the fleet (no DHT, no LSD, no port mapping) and runs until it is ended.
//
//   libtorrent_peer TORRENT FOLDER [DONE]     DONE: a file to make when all of it is there

#include <signal.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <libtorrent/alert_types.hpp>
#include <libtorrent/load_torrent.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/version.hpp>
#include <vector>

namespace {

volatile sig_atomic_t stopping = 0;

void make_file(const char* path) {
    std::FILE* file = std::fopen(path, "w");
    if (file == nullptr) throw std::runtime_error(std::string(path) + ": " + std::strerror(errno));
    std::fclose(file);
}

void run(const char* torrent, const char* folder, const char* done) {
    lt::settings_pack settings;
    settings.set_bool(lt::settings_pack::enable_dht, false);
    settings.set_bool(lt::settings_pack::enable_lsd, false);
    settings.set_bool(lt::settings_pack::enable_upnp, false);
    settings.set_bool(lt::settings_pack::enable_natpmp, false);
    settings.set_int(lt::settings_pack::alert_mask, lt::alert_category::error | lt::alert_category::status);
    lt::session session{lt::session_params(settings)};

    lt::add_torrent_params params = lt::load_torrent_file(torrent);
    params.save_path = folder;
    session.async_add_torrent(std::move(params));

    while (stopping == 0) {
        session.wait_for_alert(std::chrono::milliseconds(200));
        std::vector<lt::alert*> alerts;
        session.pop_alerts(&alerts);
        for (const lt::alert* alert : alerts) {
            if (lt::alert_cast<lt::torrent_finished_alert>(alert) != nullptr && done != nullptr)
                make_file(done);
            std::printf("%s\n", alert->message().c_str());
        }
        std::fflush(stdout);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
        std::printf("libtorrent %s\n", lt::version());
        return 0;
    }
    if (argc != 3 && argc != 4) {
        std::fprintf(stderr, "usage: libtorrent_peer TORRENT FOLDER [DONE]\n");
        return 2;
    }
    struct sigaction action {};
    action.sa_handler = [](int) { stopping = 1; };
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    try {
        run(argv[1], argv[2], argc == 4 ? argv[3] : nullptr);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "libtorrent_peer: %s\n", error.what());
        return 1;
    }
    return 0;
}
