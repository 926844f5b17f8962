#include "app/commands.hpp"

#include "app/load.hpp"

#include <ostream>

namespace thalamus::app {

namespace {

std::string counted(std::size_t number, const std::string& noun) {
    return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

} // namespace

int check_command(const std::string& file, bool json, std::ostream& out, std::ostream& err) {
    const auto result = load(file);
    if (json) out << config::to_json(result.problems) << '\n';
    else if (result.value)
        out << file << ": ok (" << counted(result.value->routes.size(), "route") << ", "
            << counted(result.value->services.size(), "service") << ")\n";
    else
        for (const auto& problem : result.problems) err << problem.to_string() << '\n';
    return result.value ? 0 : 1;
}

int version_command(std::ostream& out) {
    out << "thalamus " << THALAMUS_VERSION << '\n';
    return 0;
}

} // namespace thalamus::app
