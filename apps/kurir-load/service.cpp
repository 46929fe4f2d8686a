// SPDX-License-Identifier: Apache-2.0
// Requests and answers in the shapes of the contract.
#include "kurir-load/service.hpp"

#include "base/file.hpp"
#include "crypto/digest.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>

namespace kurir_load {

namespace json = boost::json;

namespace {

constexpr std::uint64_t token_limit = 4096;
constexpr int lease_seconds = 30;

std::string member(const json::object& object, std::string_view name)
{
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

json::object object_in(const base::Bytes& body)
{
    boost::system::error_code failure;
    auto value = json::parse(body, failure);
    return !failure && value.is_object() ? std::move(value.get_object()) : json::object();
}

// Seconds only: that is what our own doors send.
std::optional<base::Duration> retry_after(const http::Headers& headers)
{
    const auto text = headers.get("Retry-After").value_or("");
    unsigned seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return std::chrono::seconds(seconds);
}

base::Error unexpected(const http::ClientResponse& response)
{
    return {
        http::errc::bad_response,
        "HTTP " + std::to_string(response.status) + " " + response.body.substr(0, 200)
    };
}

} // namespace

base::Result<Service>
Service::make(asio::any_io_executor executor, const Access& access, std::size_t connections)
{
    Service made;
    made.url_ = access.url;
    std::shared_ptr<asio::ssl::context> tls;
    if (access.url.starts_with("https:")) {
        auto context = http::client_context(access.tls);
        if (!context) return context.error();
        tls = std::move(*context);
    }
    if (!access.token_file.empty()) {
        const auto token = base::read_file(access.token_file, token_limit);
        if (!token) return token.error();
        made.token_ = base::trim(*token);
    }
    http::ClientLimits limits;
    limits.kept = connections;
    made.client_ = http::Client::make(std::move(executor), std::move(tls), limits);
    return made;
}

http::ClientRequest Service::request(std::string method, std::string path) const
{
    http::ClientRequest request;
    request.method = std::move(method);
    request.url = url_ + path;
    if (!token_.empty()) request.headers.set("Authorization", "Bearer " + token_);
    return request;
}

asio::awaitable<Answer> Service::submit(base::Bytes document)
{
    auto sent = request("POST", "/v1/messages");
    sent.headers.set("Content-Type", "application/xml");
    sent.body = std::move(document);
    const auto response = co_await client_->send(std::move(sent));
    Answer answer;
    if (!response) {
        answer.error = response.error().text();
        co_return answer;
    }
    answer.status = response->status;
    answer.retry_after = retry_after(response->headers);
    if (response->status == 202)
        answer.message_id = member(object_in(response->body), "message_id");
    else
        answer.error = response->body.substr(0, 500);
    co_return answer;
}

asio::awaitable<base::Result<bool>> Service::has_in_inbox(std::string state)
{
    auto sent = request("GET", "/v1/messages?direction=inbound&limit=1&state=" + state);
    const auto response = co_await client_->send(std::move(sent));
    if (!response) co_return response.error();
    const auto body = object_in(response->body);
    const auto* items = body.if_contains("items");
    if (response->status != 200 || !items || !items->is_array()) co_return unexpected(*response);
    co_return !items->get_array().empty();
}

asio::awaitable<base::Result<std::vector<Item>>> Service::lease(std::size_t max)
{
    auto sent = request("POST", "/v1/inbox/lease");
    sent.headers.set("Content-Type", "application/json");
    sent.body = json::serialize(json::object{{"max", max}, {"seconds", lease_seconds}});
    const auto response = co_await client_->send(std::move(sent));
    if (!response) co_return response.error();
    const auto body = object_in(response->body);
    const auto* items = body.if_contains("items");
    if (response->status != 200 || !items || !items->is_array()) co_return unexpected(*response);
    std::vector<Item> leased;
    for (const auto& value : items->get_array()) {
        if (!value.is_object()) co_return unexpected(*response);
        const auto& item = value.get_object();
        leased.push_back({member(item, "id"), member(item, "message_id"), member(item, "lease")});
    }
    co_return leased;
}

asio::awaitable<base::Result<base::Bytes>> Service::payload_sha256(std::string id)
{
    auto sent = request("GET", "/v1/inbox/" + base::percent_encode(id) + "/payload");
    crypto::Sha256 digest;
    sent.sink = [&digest](base::BytesView piece) -> base::Result<> {
        digest.update(piece);
        return {};
    };
    const auto response = co_await client_->send(std::move(sent));
    if (!response) co_return response.error();
    if (response->status != 200) co_return unexpected(*response);
    co_return digest.finish();
}

asio::awaitable<base::Result<>> Service::acknowledge(Item item)
{
    auto sent = request("POST", "/v1/inbox/" + base::percent_encode(item.id) + "/ack");
    sent.headers.set("Content-Type", "application/json");
    sent.body = json::serialize(json::object{{"lease", item.lease}});
    const auto response = co_await client_->send(std::move(sent));
    if (!response) co_return response.error();
    if (response->status != 200) co_return unexpected(*response);
    co_return base::Result<>();
}

void Service::close()
{
    client_->close_idle();
}

} // namespace kurir_load
