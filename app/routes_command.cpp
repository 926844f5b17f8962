#include "app/routes_command.hpp"

#include "app/route_report.hpp"
#include "config/loader.hpp"

#include <ostream>

namespace thalamus::app {

int routes_command(const std::string& file, const std::string& method, const std::string& url,
                   std::ostream& out, std::ostream& err) {
    const auto loaded = config::load(file);
    for (const auto& problem : loaded.problems) err << problem.to_string() << '\n';
    if (!loaded.value) return 1;
    if (!method.empty() && url.empty()) {
        err << "thalamus routes: METHOD needs a URL: thalamus routes -c " << file << " " << method
            << " /path\n";
        return 1;
    }
    out << (method.empty() ? list_routes(*loaded.value)
                           : explain_route(*loaded.value, method, url));
    return 0;
}

} // namespace thalamus::app
