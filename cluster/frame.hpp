#pragma once
// Messages on a byte stream: a length of four bytes, most significant first, then that many bytes.
// Used by the link broker, on its thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thalamus::cluster {

/// The longest message, and the longest from an unauthenticated peer.
constexpr std::size_t longest_frame = 2 * 1024 * 1024, longest_first_frame = 4096;

/// @pre body.size() <= longest_frame
std::string to_frame(std::string_view body);

class frame_reader {
public:
    /// Adds received bytes.
    void feed(std::string_view bytes);
    /// The next complete message, valid until the next call. Nothing if there is none, or after
    /// failed().
    std::optional<std::string_view> next(std::size_t longest);
    /// The peer announced more than `longest`, or zero: it does not send frames.
    bool failed() const { return failed_; }

private:
    std::string bytes_;
    std::size_t read_ = 0;
    bool failed_ = false;
};

} // namespace thalamus::cluster
