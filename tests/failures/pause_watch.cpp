#include "tests/failures/pause_watch.hpp"

#include "tests/failures/load.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <pthread.h>
#include <sched.h>
#include <system_error>

namespace thalamus::test {
namespace {

using clock = std::chrono::steady_clock;
constexpr milliseconds nap{1};

/// Of the calling thread. @return the error, 0 if there was none
int pin_above_all(int cpu) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(cpu, &only);
    if (const int error = ::pthread_setaffinity_np(::pthread_self(), sizeof only, &only))
        return error;
    const sched_param highest{.sched_priority = ::sched_get_priority_max(SCHED_FIFO)};
    return ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &highest);
}

std::vector<int> cpus() {
    cpu_set_t allowed;
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
    std::vector<int> all;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &allowed)) all.push_back(cpu);
    return all;
}

} // namespace

std::string pause_watch::unavailable() {
    int error = 0;
    std::thread([&error] {
        for (const int cpu : cpus())
            if (error == 0) error = pin_above_all(cpu);
    }).join();
    return error == 0 ? ""
                      : "no thread of the highest priority: " + std::string(std::strerror(error));
}

pause_watch::pause_watch() {
    for (const int cpu : cpus()) threads_.emplace_back([this, cpu] { follow(cpu); });
}

pause_watch::~pause_watch() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
}

disturbed_times pause_watch::so_far() const {
    const std::lock_guard lock(mutex_);
    return times_;
}

void pause_watch::follow(int cpu) {
    pin_above_all(cpu);
    auto row = now(); // when this time began, or the first of a row of pauses that goes on
    auto from = clock::now(), last = from;
    for (clock::duration late{0}; !stopping_; last = clock::now()) {
        if (last - from >= window) {
            const auto time = now();
            if (late >= taken) {
                const std::lock_guard lock(mutex_);
                times_.add(row, time);
            } else {
                row = time;
            }
            from = last;
            late = {};
        }
        std::this_thread::sleep_for(nap);
        late += clock::now() - last - nap;
    }
}

} // namespace thalamus::test
