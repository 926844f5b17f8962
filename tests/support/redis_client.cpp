#include "tests/support/redis_client.hpp"

namespace thalamus::test {

std::string redis_answer::to_string() const {
    if (type == '0') return "nil";
    if (type != '*') return text;
    std::string all = "[";
    for (const auto& element : elements) all += (all.size() > 1 ? " " : "") + element.to_string();
    return all + "]";
}

redis_answer redis_client::ask(const std::vector<std::string>& words, deadline until) {
    std::string command = "*" + std::to_string(words.size()) + "\r\n";
    for (const auto& word : words)
        command += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    socket_.send(command, until);
    return answer(until);
}

std::string redis_client::line(deadline until) {
    std::size_t end;
    while ((end = received_.find("\r\n")) == received_.npos)
        if (!socket_.receive(received_, until)) throw connection_lost("redis closed");
    return bytes(end + 2, until).substr(0, end);
}

std::string redis_client::bytes(std::size_t count, deadline until) {
    while (received_.size() < count)
        if (!socket_.receive(received_, until)) throw connection_lost("redis closed");
    auto taken = received_.substr(0, count);
    received_.erase(0, count);
    return taken;
}

redis_answer redis_client::answer(deadline until) {
    const auto head = line(until);
    redis_answer result;
    result.type = head.at(0);
    result.text = head.substr(1);
    if (result.type != '$' && result.type != '*') return result;
    const int size = std::stoi(result.text);
    result.text.clear();
    if (size < 0) {
        result.type = '0';
    } else if (result.type == '$') {
        result.text = bytes(static_cast<std::size_t>(size) + 2, until);
        result.text.resize(static_cast<std::size_t>(size));
    } else {
        for (int i = 0; i < size; ++i) result.elements.push_back(answer(until));
    }
    return result;
}

} // namespace thalamus::test
