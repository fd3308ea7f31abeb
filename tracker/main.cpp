#include "tracker/app.hpp"

int main(int argc, char** argv) {
    return shoal::tracker::run_app(argc, argv);
}
