#include "demo/serve.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>

#include <csignal>
#include <iostream>

namespace thalamus::demo {

int serve(std::string_view program, const server_settings& settings, service& served,
          const std::function<void(std::uint16_t)>& bound) {
    try {
        boost::asio::io_context context(1);
        http_server server(context, settings, served);
        if (bound) bound(server.port());
        server.start();
        boost::asio::signal_set signals(context, SIGTERM, SIGINT);
        signals.async_wait([&](boost::system::error_code error, int) {
            if (!error) server.stop();
        });
        std::cout << "listening on " << settings.address << ":" << server.port() << std::endl;
        context.run();
    } catch (const boost::system::system_error& error) {
        std::cerr << program << ": " << settings.address << ":" << settings.port << ": "
                  << error.code().message() << "\n";
        return 1;
    }
    return 0;
}

} // namespace thalamus::demo
