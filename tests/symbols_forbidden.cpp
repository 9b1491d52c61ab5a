// What no peer may do behind its runtime's back. The symbols test must find every one of these.
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <thread>

#include <sys/socket.h>

namespace tutti {

long everything_forbidden() {
  timespec now{};
  long sum = clock_gettime(CLOCK_MONOTONIC, &now);
  sum += socket(AF_INET, SOCK_DGRAM, 0);
  sum += std::rand();
  sum += std::chrono::steady_clock::now().time_since_epoch().count();
  sum += static_cast<long>(std::random_device{}());
  sum += std::ifstream("somewhere").good() ? 1 : 0;
  sum += std::filebuf().open("somewhere", std::ios::in) != nullptr ? 1 : 0;
  std::thread([] {}).join();
  return sum;
}

}  // namespace tutti
