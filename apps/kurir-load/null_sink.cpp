// SPDX-License-Identifier: Apache-2.0
// No lease lapses here, and nothing is checked.
#include "kurir-load/null_sink.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace kurir_load {

namespace json = boost::json;

namespace {

constexpr std::size_t max_leased = 100;
constexpr std::string_view inbox = "/v1/inbox/";

http::Response answer(int status, const json::object& body)
{
    return http::plain(status, "application/json", json::serialize(body));
}

} // namespace

void Sink::put(std::string message_id, base::Bytes document)
{
    // With leading zeros, so that the map's order is that of arrival.
    auto id = std::to_string(1'000'000'000'000 + ++last_id_);
    items_.emplace(std::move(id), Held{std::move(message_id), std::move(document)});
}

http::Response Sink::lease()
{
    json::array items;
    for (auto each = items_.upper_bound(last_leased_);
         each != items_.end() && items.size() < max_leased; ++each) {
        last_leased_ = each->first;
        items.push_back(json::object{
            {"id", each->first}, {"message_id", each->second.message_id}, {"lease", "1"}
        });
    }
    return answer(200, json::object{{"items", std::move(items)}});
}

// As much of a list as tells whether something is there.
http::Response Sink::list() const
{
    json::array items;
    if (!items_.empty()) items.push_back(json::object{{"id", items_.begin()->first}});
    return answer(200, json::object{{"items", std::move(items)}});
}

http::asio::awaitable<http::Response> Sink::handle(http::Request& request)
{
    base::Bytes body;
    while (true) {
        const auto piece = co_await request.read();
        if (!piece) co_return http::plain(400, "text/plain", "");
        if (!piece->has_value()) break;
        body += **piece;
    }
    const auto& path = request.path();
    if (path == "/v1/messages" && request.method() == "GET") co_return list();
    if (path == "/v1/messages") {
        const auto message_id = std::to_string(last_id_ + 1) + "@null";
        put(message_id, std::move(body));
        const json::object taken{{"id", message_id}, {"message_id", message_id}};
        co_return answer(202, taken);
    }
    if (path == "/v1/inbox/lease") co_return lease();
    const auto slash = path.rfind('/');
    const auto item = path.starts_with(inbox) && slash > inbox.size()
                          ? items_.find(path.substr(inbox.size(), slash - inbox.size()))
                          : items_.end();
    if (item == items_.end()) co_return http::plain(404, "text/plain", "");
    if (path.ends_with("/payload")) {
        const auto& document = item->second.document;
        co_return http::plain(200, "application/xml", document);
    }
    items_.erase(item);
    const json::object gone{{"state", "acknowledged"}};
    co_return answer(200, gone);
}

base::Result<std::unique_ptr<NullSink>> NullSink::start()
{
    std::unique_ptr<NullSink> made(new NullSink);
    http::ServerLimits limits;
    limits.connections = 65536;
    const auto handle = [&sink = made->sink_](http::Request& request) {
        return sink.handle(request);
    };
    auto server = http::Server::start(
        made->io_.get_executor(), {"127.0.0.1:0", nullptr, nullptr}, limits, handle
    );
    if (!server) return server.error();
    made->server_ = std::move(*server);
    made->thread_ = std::thread([&io = made->io_] { io.run(); });
    return made;
}

NullSink::~NullSink()
{
    io_.stop();
    if (thread_.joinable()) thread_.join();
}

std::string NullSink::url() const
{
    return "http://127.0.0.1:" + std::to_string(server_->port());
}

} // namespace kurir_load
