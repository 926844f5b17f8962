#include "app/certs_command.hpp"

#include "cluster/certificates.hpp"

#include <ostream>
#include <stdexcept>

namespace thalamus::app {

int certs_command(const std::string& directory, const std::vector<std::string>& nodes,
                  std::ostream& out, std::ostream& err) {
    try {
        for (const auto& file : cluster::make_certificates(directory, nodes)) out << file << '\n';
        return 0;
    } catch (const std::exception& e) {
        err << e.what() << '\n';
        return 1;
    }
}

} // namespace thalamus::app
