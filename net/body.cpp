#include "net/body.hpp"

namespace thalamus::net {

pump_result pump(body_source& from, body_sink& to, std::uint64_t budget) {
    using state = body_source::state;
    pump_result result{pump_state::waiting};
    while (result.moved < budget) {
        if (to.failed()) {
            result.what = pump_state::sink_failed;
            return result;
        }
        const auto piece = from.peek();
        result.source = piece.what;
        if (piece.what == state::data) {
            const std::size_t n = to.write(piece.bytes);
            from.consume(n);
            result.moved += n;
            if (n == 0) break; // the sink is full
            continue;
        }
        if (piece.what == state::end) {
            to.finish();
        } else if (piece.what != state::wait) {
            result.what = pump_state::source_failed;
            return result;
        }
        break;
    }
    to.flush();
    if (to.failed()) result.what = pump_state::sink_failed;
    else if (result.source == state::end && to.drained()) result.what = pump_state::finished;
    return result;
}

} // namespace thalamus::net
