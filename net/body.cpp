#include "net/body.hpp"

namespace thalamus::net {

pump_result pump(body_source& from, body_sink& to, std::uint64_t budget) {
    pump_result result{pump_state::waiting};
    while (result.moved < budget) {
        if (to.failed()) {
            result.what = pump_state::sink_failed;
            return result;
        }
        const auto piece = from.peek();
        if (piece.what == body_source::state::data) {
            const std::size_t n = to.write(piece.bytes);
            from.consume(n);
            result.moved += n;
            if (n == 0) break; // the sink is full
            continue;
        }
        if (piece.what == body_source::state::end) {
            to.finish();
            result.what = pump_state::finished;
        } else if (piece.what != body_source::state::wait) {
            result.what = pump_state::source_failed;
            result.source = piece.what;
            return result;
        }
        break;
    }
    to.flush();
    if (to.failed()) result.what = pump_state::sink_failed;
    return result;
}

} // namespace thalamus::net
