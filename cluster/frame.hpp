#pragma once
// Messages on a byte stream: four bytes of length, most significant first, then so many bytes. Used by
// the link broker, on its thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thalamus::cluster {

/// What any message may be long; and one from a peer that has not said who it is.
constexpr std::size_t longest_frame = 2 * 1024 * 1024, longest_first_frame = 4096;

/// @pre body.size() <= longest_frame
std::string to_frame(std::string_view body);

class frame_reader {
public:
    /// Adds what has arrived.
    void feed(std::string_view bytes);
    /// The next whole message; valid until the next call. Nothing while there is none, or failed().
    std::optional<std::string_view> next(std::size_t longest);
    /// The peer announced more than `longest`, or nothing: what it sends are no frames.
    bool failed() const { return failed_; }

private:
    std::string bytes_;
    std::size_t read_ = 0;
    bool failed_ = false;
};

} // namespace thalamus::cluster
