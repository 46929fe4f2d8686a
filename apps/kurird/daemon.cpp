// SPDX-License-Identifier: Apache-2.0
// Life of the daemon. What is built first is destroyed last; references go downwards only.
#include "kurird/daemon.hpp"

#include "api/api.hpp"
#include "base/log.hpp"
#include "http/url.hpp"
#include "kurird/store_loss.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <unistd.h>

namespace kurird {

namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator&&;

constexpr base::Duration after_loss = std::chrono::seconds(2); // nothing that runs now can end well

// AS4 is one path; whatever else is asked for there is told so.
class As4Door {
public:
    As4Door(msh::Msh& msh, std::string path) : msh_(msh), path_(std::move(path)) {}

    asio::awaitable<http::Response> handle(http::Request& request)
    {
        if (request.path() != path_)
            co_return http::plain(404, "text/plain", "There is nothing at this path.\n");
        if (request.method() != "POST") {
            auto response =
                http::plain(405, "text/plain", "This path takes AS4 messages, sent with POST.\n");
            response.headers.set("Allow", "POST");
            co_return response;
        }
        co_return co_await msh_.receive(request);
    }

private:
    msh::Msh& msh_;
    std::string path_;
};

struct Servers {
    std::unique_ptr<http::Server> as4;
    std::unique_ptr<http::Server> rest;
    std::unique_ptr<http::Server> admin;
    std::unique_ptr<http::Server> metrics; // none = not configured
};

// A scraper or two, and nobody who could hold anything up.
http::ServerLimits metrics_limits()
{
    http::ServerLimits limits;
    limits.connections = 8;
    limits.per_address = 4;
    limits.header_bytes = 8 * 1024;
    limits.body_bytes = 0;
    limits.piece = std::chrono::seconds(5);
    limits.handling = std::chrono::seconds(30);
    return limits;
}

// Binds a door's handle() for a server.
template <class Which> http::Handler handler_of(Which& door)
{
    return [&door](http::Request& request) { return door.handle(request); };
}

void ended(std::exception_ptr failure)
{
    if (!failure) return;
    base::log(base::Level::error, "bug", {{"where", "stopping"}});
    std::abort();
}

// The order matters: nothing new comes in, what runs may finish, then the wait for the loop ends.
asio::awaitable<void> stop(
    Servers& servers, msh::Msh& msh, http::Client& client, asio::io_context& io,
    base::Duration limit
)
{
    auto doors = servers.as4->stop(limit) && servers.rest->stop(limit) &&
                 servers.admin->stop(limit) && msh.stop(limit);
    co_await std::move(doors);
    // Until now it said how the end goes.
    if (servers.metrics) co_await servers.metrics->stop(base::Duration());
    client.close_idle();
    io.stop();
}

std::string listening(const std::string& address, std::uint16_t port)
{
    return address.substr(0, address.rfind(':')) + ":" + std::to_string(port);
}

base::Result<>
write_ready_file(const base::Path& file, const Config& config, const Servers& servers)
{
    const auto url = [](const Door& door, const http::Server& server) {
        return (door.tls ? "https://" : "http://") + listening(door.listen, server.port());
    };
    boost::json::object ready{
        {"rest_url", url(config.rest, *servers.rest)},
        {"as4_url", url(config.as4, *servers.as4) + config.as4_path},
        {"admin_socket", config.admin_socket.string()},
        {"pid", ::getpid()}
    };
    if (servers.metrics)
        ready["metrics_url"] =
            "http://" + listening(config.metrics_listen, servers.metrics->port()) + "/metrics";
    return base::replace_file(file, boost::json::serialize(ready) + "\n");
}

base::Result<> open_doors(
    Servers& servers, asio::io_context& io, const Config& config, const Loaded& loaded,
    As4Door& as4, api::RestDoor& rest, api::AdminDoor& admin, api::MetricsDoor& metrics
)
{
    const auto executor = io.get_executor();
    auto as4_server = http::Server::start(
        executor, {config.as4.listen, loaded.as4_tls, loaded.as4_front, "as4"}, config.as4.limits,
        handler_of(as4)
    );
    if (!as4_server) return as4_server.error();
    auto rest_server = http::Server::start(
        executor, {config.rest.listen, loaded.rest_tls, loaded.rest_front, "rest"},
        config.rest.limits, handler_of(rest)
    );
    if (!rest_server) return rest_server.error();
    http::ServerLimits limits;
    limits.body_bytes = config.msh.submission_bytes;
    auto admin_server = http::Server::start(
        executor, {"unix:" + config.admin_socket.string(), nullptr, nullptr, "admin"}, limits,
        handler_of(admin)
    );
    if (!admin_server) return admin_server.error();
    servers = {std::move(*as4_server), std::move(*rest_server), std::move(*admin_server), nullptr};
    if (config.metrics_listen.empty()) return {};
    auto metrics_server = http::Server::start(
        executor, {config.metrics_listen, nullptr, nullptr, "metrics"}, metrics_limits(),
        handler_of(metrics)
    );
    if (!metrics_server) return metrics_server.error();
    servers.metrics = std::move(*metrics_server);
    return {};
}

std::vector<api::DoorFigures> figures_of(const Servers& servers)
{
    std::vector<api::DoorFigures> all;
    all.push_back({"as4", servers.as4->figures()});
    all.push_back({"rest", servers.rest->figures()});
    all.push_back({"admin", servers.admin->figures()});
    if (servers.metrics) all.push_back({"metrics", servers.metrics->figures()});
    return all;
}

int failed(const base::Error& error)
{
    base::log(base::Level::error, "cannot_start", {{"error", error.text()}});
    return 1;
}

} // namespace

int run(const Config& config, const Loaded& loaded, const base::Path& ready_file)
{
    StoreLoss loss;
    const auto on_lost = [&loss](const base::Error& error) { // on the store's writer thread
        base::log(
            base::Level::error, "store_lost",
            {{"error", error.text()}, {"act", std::string(act_after(error))}}
        );
        loss.note();
    };

    if (auto made = base::make_folders(config.queue.folder); !made) return failed(made.error());
    auto queue = queue::Queue::open(config.queue, on_lost);
    if (!queue) return failed(queue.error());

    asio::io_context io(1);
    auto client = http::Client::make(io.get_executor(), loaded.send_tls, config.send);
    const msh::Parts parts{loaded.pmodes, loaded.signer,       loaded.trust,    *queue,
                           *client,       loaded.destinations, loaded.witnesses};
    msh::Msh msh(io.get_executor(), config.msh, parts);
    As4Door as4(msh, config.as4_path);
    api::RestDoor rest(msh, loaded.clients);
    const auto started = base::now();
    const Servers* opened_doors = nullptr; // set once they are open
    const auto figures = [&opened_doors] {
        return opened_doors ? figures_of(*opened_doors) : std::vector<api::DoorFigures>();
    };
    api::AdminDoor admin(msh, {KURIR_VERSION, started, figures});
    api::MetricsDoor metrics(msh, {KURIR_VERSION, started, figures});

    Servers servers;
    if (auto opened = open_doors(servers, io, config, loaded, as4, rest, admin, metrics); !opened)
        return failed(opened.error());
    opened_doors = &servers;

    asio::signal_set signals(io, SIGTERM, SIGINT);
    bool stopping = false;
    std::chrono::steady_clock::time_point stop_by;
    const auto begin_stop = [&](base::Duration limit) {
        if (stopping) return;
        stopping = true;
        stop_by = std::chrono::steady_clock::now() + limit;
        queue->limit_waiting(stop_by); // requests that wait for a lock would keep the doors open
        boost::system::error_code ignored;
        signals.clear(ignored); // a second signal ends the process at once
        base::log(base::Level::info, "stopping", {{"limit", base::to_text(limit)}});
        asio::co_spawn(io, stop(servers, msh, *client, io, limit), ended);
    };
    const auto stop_now = [&] { begin_stop(after_loss); };
    loss.stop_with([&] { asio::post(io, stop_now); });
    signals.async_wait([&](const boost::system::error_code& error, int) {
        if (!error) begin_stop(config.shutdown_timeout);
    });

    msh.start();
    base::log(
        base::Level::info, "ready",
        {{"version", KURIR_VERSION},
         {"rest", listening(config.rest.listen, servers.rest->port())},
         {"as4", listening(config.as4.listen, servers.as4->port())},
         {"admin", config.admin_socket.string()},
         {"metrics",
          servers.metrics ? listening(config.metrics_listen, servers.metrics->port()) : "none"},
         {"party_id", config.party_id}}
    );
    for (const auto& warning : loaded.warnings)
        base::log(base::Level::warning, "configuration", {{"warning", warning}});
    if (!ready_file.empty()) {
        if (auto written = write_ready_file(ready_file, config, servers); !written) {
            loss.disarm();
            return failed(written.error());
        }
    }
    io.run();
    loss.disarm();
    // What it has taken is committed, unless another program holds the store's lock until the
    // limit; completions find no loop any more.
    const auto left = stop_by - std::chrono::steady_clock::now();
    const auto patience = std::chrono::duration_cast<base::Duration>(left);
    const auto not_written = queue->close(std::max(patience, base::Duration()));
    base::log(base::Level::info, "stopped");
    return loss.is_noted() || not_written > 0 ? 1 : 0;
}

} // namespace kurird
