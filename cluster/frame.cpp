#include "cluster/frame.hpp"

namespace thalamus::cluster {

namespace {
constexpr std::size_t head = 4;
}

std::string to_frame(std::string_view body) {
    std::string out;
    out.reserve(head + body.size());
    for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(body.size() >> shift & 0xff));
    return out.append(body);
}

void frame_reader::feed(std::string_view bytes) {
    if (failed_) return;
    bytes_.erase(0, read_);
    read_ = 0;
    bytes_.append(bytes);
}

std::optional<std::string_view> frame_reader::next(std::size_t longest) {
    const auto rest = std::string_view(bytes_).substr(read_);
    if (failed_ || rest.size() < head) return std::nullopt;
    std::size_t length = 0;
    for (std::size_t i = 0; i < head; ++i)
        length = length << 8 | static_cast<unsigned char>(rest[i]);
    if (length == 0 || length > longest) {
        failed_ = true;
        return std::nullopt;
    }
    if (rest.size() < head + length) return std::nullopt;
    read_ += head + length;
    return rest.substr(head, length);
}

} // namespace thalamus::cluster
