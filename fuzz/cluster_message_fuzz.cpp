// Any bytes as what a peer sends: whole messages are read or refused, and what was read is written
// and read again to the same bytes.

#include "cluster/frame.hpp"
#include "cluster/messages.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace thalamus;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_message(std::string_view bytes) {
    const auto read = cluster::decode(bytes);
    const auto* message = std::get_if<cluster::message>(&read);
    if (!message) return;
    const auto written = cluster::encode(*message);
    const auto again = cluster::decode(written);
    require(std::holds_alternative<cluster::message>(again));
    require(cluster::encode(std::get<cluster::message>(again)) == written);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_message(bytes);
    cluster::frame_reader frames;
    frames.feed(bytes.substr(0, size / 2));
    frames.feed(bytes.substr(size / 2));
    while (const auto body = frames.next(cluster::longest_frame)) check_message(*body);
    return 0;
}
