#include "observe/access_log.hpp"

#include "observe/line_format.hpp"
#include "observe/log_writer.hpp"

#include <memory>
#include <vector>

namespace thalamus::observe {

struct access_log::impl {
    // One per reactor, allocated separately to avoid false sharing: every line writes to it.
    std::vector<std::unique_ptr<line_formatter>> formatters;
    std::shared_ptr<log_writer> writer; ///< null = off
};

access_log::access_log(const config::log_settings& settings, unsigned reactors)
    : impl_(std::make_unique<impl>()) {
    if (settings.access_to == "off") return;
    for (unsigned i = 0; i < reactors; ++i) {
        impl_->formatters.push_back(std::make_unique<line_formatter>(settings.format));
    }
    impl_->writer = log_writer::start({.to = settings.access_to, .rings = reactors});
}

access_log::~access_log() {
    if (impl_->writer) impl_->writer->stop();
}

void access_log::write(unsigned reactor, const exchange_record& record) {
    if (impl_->writer) impl_->writer->push(reactor, impl_->formatters[reactor]->format(record));
}

void access_log::reopen() {
    if (impl_->writer) impl_->writer->reopen();
}

std::uint64_t access_log::written() const { return impl_->writer ? impl_->writer->written() : 0; }
std::uint64_t access_log::dropped() const { return impl_->writer ? impl_->writer->dropped() : 0; }

} // namespace thalamus::observe
