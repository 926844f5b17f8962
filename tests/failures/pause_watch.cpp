#include "tests/failures/pause_watch.hpp"

#include "tests/failures/load.hpp"

#include <pthread.h>
#include <sched.h>
#include <system_error>

namespace thalamus::test {
namespace {

constexpr milliseconds nap{1};

void pin_above_all(int cpu) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(cpu, &only);
    ::pthread_setaffinity_np(::pthread_self(), sizeof only, &only);
    const sched_param highest{.sched_priority = ::sched_get_priority_max(SCHED_FIFO)};
    if (const int error = ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &highest))
        throw std::system_error(error, std::generic_category(), "SCHED_FIFO");
}

} // namespace

pause_watch::pause_watch() {
    cpu_set_t allowed;
    ::sched_getaffinity(0, sizeof allowed, &allowed);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &allowed)) threads_.emplace_back([this, cpu] { follow(cpu); });
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
    for (auto from = now(), last = from, late = moment(0); !stopping_; last = now()) {
        if (last - from >= window) {
            if (late >= taken) {
                const std::lock_guard lock(mutex_);
                times_.add(from, last);
            }
            from = last;
            late = 0;
        }
        std::this_thread::sleep_for(nap);
        late += now() - last - std::chrono::microseconds(nap).count();
    }
}

} // namespace thalamus::test
