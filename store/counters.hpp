#pragma once
// What one store did. Counted on its reactor, read by any thread.

#include "observe/histogram.hpp"
#include "store/store.hpp"

namespace thalamus::store {

namespace bounds {
using namespace std::chrono_literals;
inline constexpr observe::bucket_bounds<12> round_trip{
    {50us, 100us, 200us, 500us, 1ms, 2ms, 5ms, 10ms, 20ms, 50ms, 100ms, 500ms}};
} // namespace bounds

struct counters {
    using count = observe::single_writer_count;

    count calls;                         ///< of the interface
    count timeout, unavailable, refused; ///< calls that failed, by store::failure
    count connected, lost; ///< connections that were ready for commands; that then broke
    count opened;          ///< breakers
    count scripts_sent;    ///< because the server did not know them
    count redirected;      ///< by MOVED or ASK
    observe::histogram<bounds::round_trip> round_trip; ///< of commands that were answered

    void failed(failure why) {
        switch (why) {
        case failure::timeout: timeout.add(1); break;
        case failure::unavailable: unavailable.add(1); break;
        case failure::refused: refused.add(1); break;
        }
    }
};

} // namespace thalamus::store
