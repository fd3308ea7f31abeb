#include "client/app.hpp"

int main(int argc, char** argv) {
    return shoal::client::run_app(argc, argv);
}
