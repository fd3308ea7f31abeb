#include "torrentgen/app.hpp"

int main(int argc, char** argv) {
    return shoal::torrentgen::run_app(argc, argv);
}
