#pragma once
// Hosts of a test's own: network namespaces on one switch (a bridge in a namespace of its own, so
// that no firewall of this machine has a say), each with an address. This process, in the root
// namespace, reaches all of them and has an address on the switch too. Links between hosts can be
// cut: packets vanish, connections stall. Everything goes with the object; what a killed test run
// has left is removed when the next one begins. Needs root and iproute2.

#include <string>
#include <vector>

namespace thalamus::test {

class network {
public:
    /// Empty if networks can be made here, else why not.
    static std::string unavailable();

    explicit network(const std::vector<std::string>& hosts);
    ~network();
    network(const network&) = delete;

    const std::string& address(const std::string& host) const;
    const std::string& own_address() const { return own_address_; }
    /// What runs `command` on that host; the process is the command itself.
    std::vector<std::string> on(const std::string& host, std::vector<std::string> command) const;

    /// In both directions. Nobody is told: what is sent goes to a station that does not exist.
    void cut(const std::string& a, const std::string& b);
    void heal(const std::string& a, const std::string& b);

private:
    struct host {
        std::string name, space, address;
    };
    const host& find(const std::string& name) const;

    std::string prefix_, switch_, own_address_;
    std::vector<host> hosts_;
};

} // namespace thalamus::test
